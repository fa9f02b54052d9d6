/**
 * How long a training job takes to begin and how long its end goes unnoticed, on every cluster that is installed, beside the least
 * that the cluster itself needs to begin anything. The table and, as the last line, one JSON object go to stdout; progress goes to
 * stderr. Exits with 2 when it cannot run.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClusterOn } from '@ratchet/adapters/cluster/cluster-on.ts'
import type { Scheduler } from '@ratchet/adapters/cluster/scheduler.ts'
import { fakeTrainerSettings, harnessData } from '@ratchet/adapters/testing/local-cluster-harness.ts'
import { trainingJob } from '@ratchet/ports/testing/cluster-harness.ts'
import { lookAgainInSeconds } from '@ratchet/stages/train.ts'
import { createProgress } from '../progress.ts'
import { type Backend, openBackends } from './backends.ts'

const rounds = 5
const progress = createProgress(process.stderr)

type Seconds = { readonly bare: number; readonly begin: number; readonly noticed: number }

/** From handing a trivial run over to its first instruction: the cluster's own minimum. */
async function bare(scheduler: Scheduler, runs: string, name: string): Promise<number> {
  const directory = join(runs, name, 'attempt-1')
  mkdirSync(directory, { recursive: true })
  const command = ['sh', '-c', `date +%s%N > '${directory}/began'`]
  const askedAt = Date.now()
  await scheduler.submit({ name, directory, command, nodes: 1, timeLimitMinutes: 10, graceSeconds: 1 })
  const text = await until(() => read(join(directory, 'began')))
  return Number(text) / 1e9 - askedAt / 1000
}

/** The same through the engine, as the stage of training does it, and from the trainer's last word to the stage's knowing. */
async function whole(backend: Backend, runs: string, id: string): Promise<Omit<Seconds, 'bare'>> {
  const cluster = createClusterOn(backend.scheduler, fakeTrainerSettings(runs))
  const job = trainingJob(id, harnessData, { steps: 5, stepMs: 200 })
  const askedAt = Date.now()
  for (;;) {
    const report = await cluster.ensure(job)
    if (report.state === 'failed') throw new Error(`${backend.name}: ${report.reason}`)
    if (report.state === 'succeeded') break
    await sleep(lookAgainInSeconds(backend.name) * 1000)
  }
  const noticedAt = Date.now()
  const attempt = join(runs, id, 'attempt-1')
  const [first = ''] = readFileSync(join(attempt, 'events.jsonl'), 'utf8').split('\n')
  return {
    begin: (Date.parse(JSON.parse(first).at) - askedAt) / 1000,
    noticed: (noticedAt - statSync(join(attempt, 'result.json')).mtimeMs) / 1000,
  }
}

async function until(look: () => string | null): Promise<string> {
  for (;;) {
    const found = look()
    if (found !== null && found !== '') return found
    await sleep(20)
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

async function main(): Promise<void> {
  const runs = mkdtempSync(join(tmpdir(), 'ratchet-bench-'))
  const { backends, skipped, close } = await openBackends((line) => process.stderr.write(`${line}\n`))
  try {
    const results: Record<string, Seconds & { readonly ratio: number }> = {}
    for (const backend of backends) {
      const seen: Seconds[] = []
      // The first of each is a warm-up: connections, images of programs in memory.
      for (let round = 0; round <= rounds; round += 1) {
        const name = `bench-${backend.name}-${round}-${Date.now()}`
        const one = { bare: await bare(backend.scheduler, runs, name), ...(await whole(backend, runs, `${name}-job`)) }
        if (round > 0) seen.push(one)
        progress.step(backend.name, round, rounds)
      }
      const of = (what: keyof Seconds): number => median(seen.map((each) => each[what]))
      results[backend.name] = {
        bare: of('bare'),
        begin: of('begin'),
        noticed: of('noticed'),
        ratio: of('begin') / of('bare'),
      }
    }
    const rows = Object.entries(results).map(([name, { bare, begin, noticed, ratio }]) =>
      [
        name.padEnd(12),
        ...[bare, begin, noticed].map((value) => `${value.toFixed(2)} s`.padStart(12)),
        `${ratio.toFixed(2)}×`.padStart(10),
      ].join(''),
    )
    const header = `${'cluster'.padEnd(12)}${'its minimum'.padStart(12)}${'job begins'.padStart(12)}${'end noticed'.padStart(12)}${'ratio'.padStart(10)}`
    for (const line of [header, ...rows, ...skipped.map((reason) => `skipped: ${reason}`)])
      process.stdout.write(`${line}\n`)
    process.stdout.write(`${JSON.stringify({ rounds, seconds: results, skipped })}\n`)
  } finally {
    for (const { scheduler } of backends) await scheduler.close()
    await close()
    rmSync(runs, { recursive: true, force: true })
  }
}

main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
})
