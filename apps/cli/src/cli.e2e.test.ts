import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { z } from 'zod'
import { python, type ReferenceRun, referenceKey, referenceRun } from './testing/reference-run.ts'
import { type RunOptions, runRatchet } from './testing/run-ratchet.ts'
import { smallRecipe } from './testing/small-loop.ts'

const Iteration = z.object({ id: z.string(), state: z.string() })
const Versions = z.array(z.object({ id: z.string(), kind: z.string(), roundId: z.string() }))
const Pulled = z.object({ files: z.array(z.object({ path: z.string(), sha256: z.string(), had: z.boolean() })) })
const Manifest = z.object({ rows: z.number(), funnel: z.array(z.object({ rule: z.string() })) })
const Recurated = z.object({ versions: z.array(z.object({ id: z.string(), manifest: Manifest })) })

let reference: ReferenceRun
let directory: string
let database: pg.Client

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ratchet-cli-'))
  reference = await referenceRun()
  database = new pg.Client({ connectionString: (await ratchet('database-url')).trim() })
  await database.connect()
})
afterAll(async () => {
  await database.end()
  await rm(directory, { recursive: true, force: true })
})

const run = (args: readonly string[], options: Partial<RunOptions> = {}) =>
  runRatchet(args, { env: reference.ratchet.env, ...options })

/** What a command prints that must succeed. */
async function ratchet(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(args)
  if (code !== 0) throw new Error(`ratchet ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}

async function json<Value>(schema: z.ZodType<Value>, ...args: string[]): Promise<Value> {
  return schema.parse(JSON.parse(await ratchet('--json', ...args)))
}

async function file(name: string, value: unknown): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, JSON.stringify(value))
  return path
}

const rowsOf = async (sql: string, ...values: string[]) => (await database.query(sql, values)).rows

describe('starting an iteration', () => {
  test('`start` prints its id, and with the same key gives the same iteration again', async () => {
    const recipe = await file('recipe.yaml', reference.recipe)
    const { id } = reference.iteration
    expect(await ratchet('start', recipe, '--idempotency-key', referenceKey)).toBe(
      `${id} started; \`ratchet watch ${id}\` shows it\n`,
    )
  })

  test('`pause`, `resume` and `cancel` steer it, as `status`, `watch` and SQL show', async () => {
    const recipe = await file('steered.yaml', { ...reference.recipe, name: 'steered' })
    const { id } = await json(Iteration, 'start', recipe)
    const stateInSql = async () =>
      (await rowsOf('SELECT state FROM iteration_status WHERE iteration_id = $1', id))[0].state
    expect(await stateInSql()).toBe('running')
    expect(await ratchet('pause', id)).toBe(`${id} is paused\n`)
    expect(await stateInSql()).toBe('paused')
    expect(await ratchet('status')).toMatch(new RegExp(`^${id} +steered +paused `, 'm'))
    expect(await ratchet('resume', id)).toBe(`${id} is running\n`)
    const watched = await run(['watch', id], { interruptAfter: /round 0/ })
    expect(watched.code).toBe(130)
    expect(watched.stdout).toContain(`${id} goes on; \`ratchet watch ${id}\` shows it again`)
    expect(await ratchet('cancel', id)).toMatch(new RegExp(`^${id} is cancel(ling|led)\n$`))
    const ended = await run(['watch', id])
    expect(ended).toMatchObject({ code: 1, stdout: `${id} cancelled\n` })
    expect(ended.stderr).toMatch(/round 0 {2}cancelled/)
    expect(await stateInSql()).toBe('cancelled')
    const refused = await run(['resume', id])
    expect(refused.code).toBe(4)
    expect(refused.stderr).toMatch(/^ratchet: .*cancelled/)
  })
})

describe('monitoring an iteration', () => {
  test('`status` lists the iterations, and the rounds of one', async () => {
    const { id } = reference.iteration
    expect(await ratchet('status')).toMatch(new RegExp(`^${id} +small +succeeded `, 'm'))
    const lines = (await ratchet('status', id)).trim().split('\n')
    expect(lines[0]).toBe(`${id}  small  succeeded`)
    for (const round of ['0', '1', '2'])
      expect(lines).toContainEqual(
        expect.stringMatching(new RegExp(`^${round} +accepted +\\d+/\\d+ .*held-out [\\d.]+ ?%`)),
      )
    expect(lines.at(-1)).toMatch(/^training of round 2: succeeded · dpo \d+\/30 steps · loss [\d.]+ · [\d.]+ min$/)
    const { training } = JSON.parse(await ratchet('status', id, '--json'))
    expect(training).toMatchObject({ backend: 'local', state: 'succeeded', gpuSeconds: 0 })
  })

  test('`watch` of one that is over tells its events again and ends with 0', async () => {
    const { id } = reference.iteration
    const { code, stdout, stderr } = await run(['watch', id])
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${id} succeeded\n` })
    for (const round of ['0', '1', '2']) expect(stderr).toMatch(new RegExp(`round ${round} {2}accepted {2}\\(`))
  })

  test('the views say the same in SQL', async () => {
    const { client, iteration } = reference
    const { id, rounds } = iteration
    expect(await rowsOf('SELECT * FROM iteration_status WHERE iteration_id = $1', id)).toMatchObject([
      { iteration_name: 'small', state: 'succeeded', rounds_total: 3, rounds_finished: 3, gate_benchmark: 'held-out' },
    ])
    const datasets = await client.datasets({ iterationId: id })
    const datasetOf = (roundId: string, kind: string) =>
      datasets.find((each) => each.roundId === roundId && each.kind === kind)?.id ?? null
    expect(await rowsOf('SELECT * FROM round_status WHERE iteration_id = $1 ORDER BY round_index', id)).toMatchObject(
      rounds.map((round) => ({
        round_id: round.id,
        state: 'accepted',
        gate_decision: 'accepted',
        sft_dataset_id: datasetOf(round.id, 'sft'),
        preference_dataset_id: datasetOf(round.id, 'preference'),
        candidate_checkpoint_id: round.candidateCheckpointId,
      })),
    )
    const stages = ['explore', 'score', 'curate', 'train', 'deploy', 'evaluate']
    const progress = await rowsOf(
      `SELECT round_index AS round, stage, state, shards_done = shards_total AS complete FROM stage_progress
       WHERE iteration_id = $1 ORDER BY round_index, stage_index`,
      id,
    )
    expect(progress).toEqual(
      [0, 1, 2].flatMap((round) => stages.map((stage) => ({ round, stage, state: 'done', complete: true }))),
    )
  })

  test('`explain` says why an attempt was kept, and by which rule another was dropped', async () => {
    const { client, iteration } = reference
    const roundId = iteration.rounds[1]!.id
    const [right] = (await client.trajectories({ roundId, purpose: 'explore', decision: 'correct' })).items
    const [wrong] = (await client.trajectories({ roundId, purpose: 'explore', decision: 'incorrect' })).items
    const kept = await ratchet('explain', right!.id)
    expect(kept).toContain(
      `${right!.id}: attempt ${right!.index} at ${right!.problemId}, round 1, explore, by small-r0-`,
    )
    expect(kept).toMatch(/^ {2}correct by exact@\d+: /m)
    expect(kept).toMatch(new RegExp(`^ {2}kept by curation recipe of ${roundId}$`, 'm'))
    expect(kept).toMatch(/^ {2}[\d.]+ under small-r0-/m)
    const dropped = await ratchet('explain', wrong!.id)
    expect(dropped).toMatch(/^ {2}incorrect by exact@\d+: /m)
    expect(dropped).toMatch(new RegExp(`^ {2}dropped by curation recipe of ${roundId}: rule correct`, 'm'))
  })
})

describe('checkpoints', () => {
  test('`checkpoints pull` downloads what was trained, once, with the manifest that proves it', async () => {
    const { client, iteration } = reference
    const { id, path, uri, manifestSha256 } = (await client.checkpoints(iteration.id)).at(-1)!
    expect(await ratchet('checkpoints', 'list', '--iteration', iteration.id)).toMatch(
      new RegExp(`^${id} +${iteration.rounds[2]!.id} +held-out [\\d.]+ % +${uri}$`, 'm'),
    )
    const out = join(directory, 'weights')
    const pulled = await json(Pulled, 'checkpoints', 'pull', id, '--out', out)
    expect(pulled.files.at(-1)).toEqual({ path: 'manifest.json', sha256: manifestSha256, had: false })
    expect(pulled.files.map((each) => each.path)).toContain('model.safetensors')
    const isAsTrained = async (file: string): Promise<boolean> =>
      (await readFile(join(out, file))).equals(await readFile(join(path, file)))
    expect(await Promise.all(pulled.files.map((file) => isAsTrained(file.path)))).not.toContain(false)
    const count = pulled.files.length
    expect(await ratchet('checkpoints', 'pull', id, '--out', out)).toBe(
      `${id}: ${count} files in ${out}, ${count} of them were there already\n`,
    )
  })
})

describe('datasets', () => {
  test('`datasets pull` downloads a version once, every file with the hash of its manifest', async () => {
    const { client, iteration } = reference
    const versions = await json(Versions, 'datasets', 'list', '--iteration', iteration.id, '--kind', 'sft')
    const last = versions.find((each) => each.roundId === iteration.rounds[2]!.id)!
    const { manifest } = await client.dataset(last.id)
    const out = join(directory, 'pulled')
    expect(await ratchet('datasets', 'pull', last.id, '--out', out)).toBe(
      `${last.id}: ${manifest.files.length + 2} files in ${out}\n`,
    )
    let rows = 0
    for (const { path, sha256, format } of manifest.files) {
      const bytes = await readFile(join(out, path))
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
      if (format === 'jsonl.gz') rows += gunzipSync(bytes).toString().trim().split('\n').length
    }
    expect(rows).toBe(manifest.rows)
    const again = await json(Pulled, 'datasets', 'pull', last.id, '--out', out)
    expect(again.files.every((each) => each.had)).toBe(true)
    const other = versions.find((each) => each.id !== last.id)!
    const refused = await run(['datasets', 'pull', other.id, '--out', out])
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(`${out} holds something else`) })
  })

  test('`start --watch` runs to the end, and `recurate` makes other versions of it without sampling', async () => {
    const { client, ratchet: server } = reference
    const loop = await smallRecipe(client, python, server.dataDirectory, { rounds: 0 })
    const sft = { ...loop.train.sft, maxSteps: 10 }
    const quick = await file('quick.yaml', { ...loop, name: 'quick', train: { ...loop.train, sft } })
    const { code, stdout } = await run(['start', quick, '--watch'])
    const [, id = ''] = /^(it-\w+) started\n\1 succeeded\n$/.exec(stdout) ?? []
    expect({ code, id }).toEqual({ code: 0, id: expect.stringMatching(/^it-/) })

    const status = 'SELECT round_id, rollouts, sft_rows, sft_dataset_id FROM round_status WHERE iteration_id = $1'
    const [before] = await rowsOf(status, id)
    const curate = await file('curate.yaml', { rules: [{ rule: 'correct' }, { rule: 'quota', keep: 1 }] })
    const made = await json(Recurated, 'recurate', before.round_id, '--curate', curate)
    const [version] = made.versions
    expect(version!.id).not.toBe(before.sft_dataset_id)
    expect(version!.manifest.funnel.map((step) => step.rule)).toEqual(['correct', 'quota'])
    expect(version!.manifest.rows).toBeGreaterThan(0)
    expect(await json(Recurated, 'recurate', before.round_id, '--curate', curate)).toEqual(made)
    expect(await rowsOf(status, id)).toEqual([
      { ...before, sft_rows: version!.manifest.rows, sft_dataset_id: version!.id },
    ])
    expect(await ratchet('datasets', 'list', '--round', before.round_id)).toContain(version!.id)

    // The verifier is the one that it was, so that every verdict is found again and none is stored.
    const again = await run(['reverify', before.round_id, '--purpose', 'explore', '--wait'])
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(`^rv-\\w+: ${before.rollouts} attempts verified again, 0 new verdicts\n$`),
      stderr: expect.stringMatching(`verified again  [█░]{20}  ${before.rollouts}/${before.rollouts}  100\\.0 %  done`),
    })
    expect(await json(Recurated, 'recurate', before.round_id, '--curate', curate)).toEqual(made)
  })
})
