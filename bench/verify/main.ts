/**
 * Compares Ratchet's verdicts and Math-Verify's with the labels of real responses, and their speed. The table, the disagreements and, as
 * the last line, one JSON object go to stdout; progress goes to stderr. Exits with 1 when a threshold is missed, with 2 when it cannot run.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createProgress } from '../progress.ts'
import { disagreements } from './disagreements.ts'
import { type JudgedRow, scoreFile } from './file-score.ts'
import { comparableFiles, type LabelledRow, readLabelledRows, sampleRows } from './labelled-row.ts'
import { type MathVerify, type MathVerifyVerdict, startMathVerify } from './math-verify.ts'
import { ensureMathVerify, requirements } from './math-verify-environment.ts'
import type { Spent } from './measured-verdict.ts'
import { type BenchOptions, readOptions, usage } from './options.ts'
import { scoreTable } from './print-table.ts'
import { type Ratchet, startBareRatchet, startPooledRatchet } from './ratchet.ts'
import { readReviewedLabels, reviewedScores } from './reviewed-labels.ts'
import { longestRowMs, missedThresholds, percent, type ScoredFile, type Speed } from './thresholds.ts'
import { openVerdictCache, type VerdictCache } from './verdict-cache.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const home = join(root, '.cache/bench')
const progress = createProgress(process.stderr)

interface JudgedFile {
  readonly judged: readonly JudgedRow[]
  readonly score: ScoredFile
}

type Verifiers = {
  readonly ratchet: Ratchet
  readonly mathVerify: MathVerify | null
  /** What Math-Verify said in this run or an earlier one. */
  readonly cache: VerdictCache
  readonly reuse: boolean
}

/** A file's rows are judged by Ratchet, then by Math-Verify: one at a time, so neither takes the other's processor. */
async function judgeFile(file: string, rows: readonly LabelledRow[], verifiers: Verifiers): Promise<JudgedFile> {
  let done = 0
  const { verdicts, spent } = await verifiers.ratchet.checkAll(rows, () => {
    done++
    progress.step(`ratchet      ${file}`, done, rows.length)
  })
  const judged: JudgedRow[] = []
  for (const [index, row] of rows.entries()) {
    const ratchet = verdicts[index]
    if (ratchet === undefined) throw new Error(`${file} ${row.id} has no verdict`)
    judged.push({ row, ratchet, mathVerify: await askMathVerify(row, verifiers) })
    progress.step(`math-verify  ${file}`, judged.length, rows.length)
  }
  const theirs = judged.flatMap(({ row, mathVerify }) => (mathVerify === null ? [] : [[row, mathVerify] as const]))
  const theirSpent = {
    wallMs: theirs.reduce((sum, [, { ms }]) => sum + ms, 0),
    cpuMs: theirs.reduce((sum, [, { cpuMs }]) => sum + cpuMs, 0),
  }
  const score = {
    file,
    ratchet: scoreFile(
      judged.map(({ row, ratchet }) => [row, ratchet] as const),
      spent,
    ),
    mathVerify: theirs.length === judged.length ? scoreFile(theirs, theirSpent) : null,
  }
  return { judged, score }
}

async function askMathVerify(
  row: LabelledRow,
  { mathVerify, cache, reuse }: Verifiers,
): Promise<MathVerifyVerdict | null> {
  const cached = reuse ? cache.get(row.key) : undefined
  if (cached !== undefined || mathVerify === null) return cached ?? null
  const verdict = await mathVerify.check(row)
  cache.set(row.key, verdict)
  return verdict
}

/** The slowest row's time. A row over the limit is measured again, since the processor is not the bench's alone: the least time counts. */
async function worstRowMs(judged: readonly JudgedRow[], ratchet: Ratchet): Promise<number> {
  const slow = judged.filter(({ ratchet: { ms } }) => ms > longestRowMs)
  const least = new Map(slow.map(({ row, ratchet: { ms } }) => [row, ms]))
  for (let again = 0; again < 3; again++) {
    const rows = [...least.keys()]
    const { verdicts } = await ratchet.checkAll(rows, () => {})
    for (const [index, row] of rows.entries()) {
      const ms = Math.min(least.get(row) ?? Infinity, verdicts[index]?.ms ?? Infinity)
      least.set(row, ms)
    }
  }
  return Math.max(0, ...judged.map(({ row, ratchet: { ms } }) => least.get(row) ?? ms))
}

/**
 * A first pass over all rows, which the compiler needs to see what is used often: a second of a worker's hours, but half of a bench's.
 * Math-Verify's minute holds its own many times over.
 */
async function warmUp(rows: readonly LabelledRow[], ratchet: Ratchet): Promise<Spent> {
  let done = 0
  const { spent } = await ratchet.checkAll(rows, () => {
    done++
    progress.step('ratchet      first pass', done, rows.length)
  })
  return spent
}

function speedOf(files: readonly ScoredFile[]): Speed {
  const total = (of: 'ratchet' | 'mathVerify', clock: 'wallMs' | 'cpuMs') =>
    files.reduce((sum, file) => sum + (file[of]?.[clock] ?? 0), 0)
  return {
    wallRatio: total('mathVerify', 'wallMs') / total('ratchet', 'wallMs'),
    cpuRatio: total('mathVerify', 'cpuMs') / total('ratchet', 'cpuMs'),
  }
}

async function run(options: BenchOptions): Promise<number> {
  const data = process.env['RATCHET_TEST_DATA'] ?? join(root, '../shared/data')
  const files = options.files ?? comparableFiles(data)
  const cache = openVerdictCache(join(home, `${requirements.join('-').replaceAll(/[^\w.-]/g, '_')}.jsonl`))
  const python = options.oursOnly ? null : ensureMathVerify(home, process.env['PYTHON'] ?? 'python3', progress.note)
  const mathVerify = python === null ? null : await startMathVerify(python)
  const ratchet = options.oursOnly ? startBareRatchet() : await startPooledRatchet()
  const verifiers = { ratchet, mathVerify, cache, reuse: options.reuse || options.oursOnly }
  const judged: JudgedRow[] = []
  const scores: ScoredFile[] = []
  let worstMs = 0
  let cold: Spent | null = null
  try {
    const chosen = files.map((file) => {
      const all = readLabelledRows(data, file)
      return { file, rows: options.rows === null ? all : sampleRows(all, options.rows, options.seed) }
    })
    if (!options.oursOnly)
      cold = await warmUp(
        chosen.flatMap(({ rows }) => rows),
        ratchet,
      )
    for (const { file, rows } of chosen) {
      const ofFile = await judgeFile(file, rows, verifiers)
      judged.push(...ofFile.judged)
      scores.push(ofFile.score)
    }
    worstMs = await worstRowMs(judged, ratchet)
  } finally {
    mathVerify?.close()
    await ratchet.close()
    progress.end()
  }
  const speed = mathVerify === null || options.reuse ? null : speedOf(scores)
  const missed = missedThresholds(scores, { speed: options.rows === null ? speed : null, worstMs })
  const differing = disagreements(judged)
  const list = join(home, 'verify-disagreements.txt')
  writeFileSync(list, differing.map((each) => `${each}\n`).join(''))

  console.log(`${scoreTable(scores)}\n`)
  if (speed !== null)
    console.log(`times as fast: ${speed.wallRatio.toFixed(1)} by wall clock, ${speed.cpuRatio.toFixed(1)} by CPU`)
  if (cold !== null)
    console.log(
      `first pass over all rows, cold: ${Math.round(cold.wallMs)} ms by wall clock, ${Math.round(cold.cpuMs)} ms of CPU`,
    )
  if (mathVerify !== null)
    console.log(
      `${mathVerify.versions}, default options, one process, golds in $…$ (in \\boxed{…} where that does not parse)`,
    )
  const reviewed = reviewedScores(judged, readReviewedLabels())
  if (reviewed.length > 0)
    console.log('\nwith the labels that a reading contradicts set right (verify/reviewed-labels.json):')
  for (const { file, rows, corrected, ratchet: ours, mathVerify: theirs } of reviewed)
    console.log(
      `  ${file}: ${corrected} labels; ratchet ${percent(ours / rows)}${theirs === null ? '' : `, math-verify ${percent(theirs / rows)}`}`,
    )
  console.log(`\n${differing.length} rows on which a verifier differs from the label, ${list}`)
  for (const each of differing.slice(0, options.list)) console.log(each)
  console.log(
    missed.length === 0 ? '\nno threshold is missed' : `\nmissed:\n${missed.map((each) => `  ${each}`).join('\n')}`,
  )
  const versions = mathVerify?.versions ?? null
  console.log(
    JSON.stringify({ files: scores, reviewed, speed, cold, worstMs, missed, versions, node: process.version }),
  )
  return missed.length === 0 ? 0 : 1
}

try {
  process.exitCode = await run(readOptions(process.argv.slice(2)))
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  process.exitCode = 2
}
