/**
 * What a round waits for between its work: from the decision to train until the trainer lives, and from the trainer's end until the
 * candidate is served and proven, on every cluster and server that is installed, beside the server's own minimum. The table and, as
 * the last line, one JSON object go to stdout; progress goes to stderr. Exits with 2 when it cannot run.
 */
import { findVllmPython, vllmCommand } from '@ratchet/adapters/testing/vllm-server.ts'
import { createLocalRatchet } from '@ratchet/cli/testing/local-ratchet.ts'
import { python } from '@ratchet/cli/testing/reference-run.ts'
import { smallRecipe } from '@ratchet/cli/testing/small-loop.ts'
import type { ServingChoice } from '@ratchet/domain/recipe/recipe.ts'
import { createProgress } from '../progress.ts'
import { bareMinimum } from './bare-minimum.ts'
import { followRounds, type Waits } from './follow-rounds.ts'

const rounds = 3
const progress = createProgress(process.stderr)

type Case = {
  readonly name: string
  readonly choice: Readonly<Record<string, unknown>>
  readonly env: Readonly<Record<string, string>>
  readonly serving?: ServingChoice
}

type Result = Waits & { readonly minimum: number }

/** One iteration; medians over its rounds of self-improvement. The round before them also starts what is started once. */
async function measure({ name, choice, env, serving }: Case): Promise<Result> {
  const ratchet = await createLocalRatchet(env)
  try {
    const client = await ratchet.start()
    const loop = serving === undefined ? { rounds } : { rounds, serving }
    const recipe = { ...(await smallRecipe(client, python, ratchet.dataDirectory, loop)), cluster: choice }
    const { id } = await client.startIteration(recipe)
    const waits = await followRounds(client, id, `${ratchet.dataDirectory}/runs`, (done) =>
      progress.step(name, done, rounds + 1),
    )
    const seen = waits.slice(1)
    const of = (what: keyof Waits): number => median(seen.map((each) => each[what]))
    const minimum = await bareMinimum(client, id, serving)
    return { begin: of('begin'), noticed: of('noticed'), served: of('served'), minimum }
  } finally {
    await ratchet.remove()
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function printed(name: string, { begin, noticed, served, minimum }: Result): string {
  const seconds = [begin, noticed, served, minimum].map((value) => `${value.toFixed(2)} s`.padStart(14))
  return [name.padEnd(24), ...seconds, `${(served / minimum).toFixed(2)}×`.padStart(9)].join('')
}

async function main(): Promise<void> {
  const closing: (() => Promise<void>)[] = []
  const { startServices } = await import(new URL('../../tools/testing/start-services.mjs', import.meta.url).href)
  const services = await startServices({
    say: (line: string) => progress.note(line),
    onStart: (stop: () => Promise<void>) => closing.push(stop),
    only: ['cluster'],
  })
  try {
    Object.assign(process.env, services.env)
    const { realClusters } = await import('@ratchet/cli/testing/real-clusters.ts')
    const local = { choice: { backend: 'local', device: 'cpu', threads: 1 }, env: {} }
    const cases: Case[] = [{ ...local, name: 'local, policy server' }]
    const skipped: string[] = []
    for (const { name, missing, choice, env } of realClusters)
      if (missing === null) cases.push({ name: `${name}, policy server`, choice, env })
      else skipped.push(`${name}: ${missing}`)
    if (findVllmPython() === null) skipped.push('vLLM: run node tools/vllm.mjs install or set VLLM_PYTHON')
    else cases.push({ ...local, name: 'local, vLLM', serving: { backend: 'command', ...vllmCommand(256) } })

    const results: Record<string, Result> = {}
    for (const each of cases) results[each.name] = await measure(each)
    const titles = ['trainer lives', 'end noticed', 'end to served', 'its minimum'].map((title) => title.padStart(14))
    const header = [''.padEnd(24), ...titles, 'ratio'.padStart(9)].join('')
    const rows = Object.entries(results).map(([name, result]) => printed(name, result))
    for (const line of [header, ...rows, ...skipped.map((reason) => `skipped: ${reason}`)])
      process.stdout.write(`${line}\n`)
    process.stdout.write(`${JSON.stringify({ rounds, seconds: results, skipped })}\n`)
  } finally {
    for (const close of closing.reverse()) await close()
  }
}

main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
})
