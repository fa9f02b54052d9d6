/**
 * Gives the comparison of answers hostile and broken inputs for some minutes, in a thread that is watched from outside. A finding is a
 * throw, a call of more than a second, a full or growing heap, or two verdicts on one input; its input is written to .cache/fuzz/. The
 * last line on stdout is one JSON object. Exits with 1 when there are findings.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createProgress } from '../progress.ts'
import { fuzzInput } from './fuzz-input.ts'
import { heapGrowth } from './heap-growth.ts'
import { type ThreadEvents, watchThread } from './watch-thread.ts'

const home = fileURLToPath(new URL('../../.cache/fuzz', import.meta.url))
const usage = `npm run fuzz:answers -- [--minutes 15] [--seed N]      runs; the seed is drawn where none is named
npm run fuzz:answers -- --seed N --only INDEX            repeats one input`
const most = 2 ** 31 - 1

interface Finding {
  readonly index: number
  readonly what: string
}

const progress = createProgress(process.stderr)

async function run(seed: number, { minutes, only }: { minutes: number; only: number | null }): Promise<number> {
  const started = performance.now()
  const heaps: number[] = []
  const findings: Finding[] = []
  const slowOnce: number[] = []
  const events: ThreadEvents = {
    onHeap: (bytes) => heaps.push(bytes),
    onFinding: (index, what) => findings.push(report({ index, what })),
  }
  let next = only ?? 0
  const last = only ?? most
  for (let left = minutes * 60_000; left > 0 && next <= last; left = minutes * 60_000 - (performance.now() - started)) {
    const thread = watchThread({ seed, first: next, stride: 1, last }, events)
    const timer = setTimeout(() => void thread.stop(), left)
    const ticker = setInterval(() => {
      const seconds = Math.round((performance.now() - started) / 1000)
      const state = `${thread.index()} inputs, ${findings.length} findings, heap ${megabytes(heaps.at(-1) ?? 0)} MB`
      progress.step(`seed ${seed}  ${state}  seconds`, seconds, minutes * 60)
    }, 100)
    const unanswered = await thread.ended
    clearTimeout(timer)
    clearInterval(ticker)
    next = Math.max(next, thread.index() + 1)
    if (unanswered === null) break
    // The processor is not the fuzzer's alone: slow is what is slow each time.
    if (await failsAgain(unanswered.index)) findings.push(report(unanswered))
    else slowOnce.push(unanswered.index)
  }
  progress.end()
  const growth = heapGrowth(heaps)
  if (growth !== null) findings.push({ index: next, what: growth })
  const seconds = Math.round((performance.now() - started) / 1000)
  const kinds = kindsOf(findings)
  for (const { what, count, indexes } of kinds) console.log(`${count} times: ${what}\n  inputs ${indexes.join(', ')}`)
  console.log(
    JSON.stringify({
      seed,
      inputs: next - (only ?? 0),
      seconds,
      slowOnce,
      heapMb: heaps.map(megabytes),
      findings: kinds,
    }),
  )
  return findings.length === 0 ? 0 : 1

  async function failsAgain(index: number): Promise<boolean> {
    for (let again = 0; again < 2; again++) {
      const thread = watchThread({ seed, first: index, stride: 1, last: index }, { ...events, onHeap: () => {} })
      if ((await thread.ended) === null) return false
    }
    return true
  }

  function report(finding: Finding): Finding {
    mkdirSync(home, { recursive: true })
    const file = join(home, `finding-${seed}-${finding.index}.json`)
    writeFileSync(file, `${JSON.stringify({ seed, ...finding, input: fuzzInput(seed, finding.index) }, null, 2)}\n`)
    if (findings.filter(({ what }) => what === finding.what).length < 3)
      progress.note(`input ${finding.index}: ${finding.what.split('\n')[0]}: ${file}`)
    return finding
  }
}

/** The findings by what they say, with the first few inputs of each. */
function kindsOf(
  findings: readonly Finding[],
): { readonly what: string; readonly count: number; readonly indexes: number[] }[] {
  return [...new Set(findings.map(({ what }) => what))].map((what) => {
    const indexes = findings.filter((each) => each.what === what).map(({ index }) => index)
    return { what, count: indexes.length, indexes: indexes.slice(0, 5) }
  })
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} is ${text}, not a whole number\n\n${usage}`)
  return Number(text)
}

try {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '15' }, seed: { type: 'string' }, only: { type: 'string' } },
  })
  const minutes = Number(values.minutes)
  if (!(minutes > 0)) throw new Error(`--minutes is ${values.minutes}, not a number above zero\n\n${usage}`)
  const seed = values.seed === undefined ? Date.now() % 1_000_000_000 : wholeNumber('seed', values.seed)
  process.exitCode = await run(seed, {
    minutes,
    only: values.only === undefined ? null : wholeNumber('only', values.only),
  })
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
