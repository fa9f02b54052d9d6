import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { IterationView } from '@ratchet/api/schemas/iteration.ts'
import { readSettings, type Settings } from '@ratchet/installation/env.ts'
import { createPython } from '@ratchet/installation/python.ts'
import { type ApiClient, createApiClient } from '../api-client.ts'
import { runDown } from '../down.ts'
import { exitCodes } from '../exit-codes.ts'
import type { OwnOptions } from '../own-options.ts'
import { createProgress, type Progress } from '../progress/create-progress.ts'
import { watchIteration } from '../watch-iteration.ts'
import { ensureLocalServer } from './local-server.ts'
import { makeBaseModel, prepareQuickstart } from './prepare.ts'
import { figuresOf, roundTable } from './summary.ts'

const usage = `ratchet quickstart: the whole loop on this machine, with a tiny transformer that is trained and served on the CPU

It imitates a few demonstrations, explores harder problems, trains on what it found, evaluates, and goes round again; through
the HTTP API, as any user would. The last line is one JSON object with the figures of every round. Interrupted or killed at any
moment, the same command goes on. The server keeps running at the end; \`ratchet down\` stops it.

  --seed N   of problems, weights and sampling (default 1)
  --port N   the API's port, when no server runs yet
  --fresh    start anew although this seed has been run
  --stop     stop the server at the end
  --help
`

type Options = {
  readonly seed: number
  readonly port: string | undefined
  readonly fresh: boolean
  readonly stop: boolean
}

/** Runs the quickstart and gives the exit code: 0 only when the iteration succeeded. */
export async function runQuickstart(own: OwnOptions): Promise<number> {
  const options = readOptions(own)
  if (options === null) return exitCodes.ok
  const settings = readSettings(own.env, own.projectDirectory)
  const progress = createProgress({ stream: own.stderr, isTty: own.stderr.isTTY === true })
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort(new Error('interrupted')))
  const begun = performance.now()
  try {
    const { client, iteration } = await runLoop(own, settings, options, progress, interrupted.signal)
    progress.done()
    await report(own, settings, client, iteration, { seed: options.seed, seconds: (performance.now() - begun) / 1000 })
    return iteration.state === 'succeeded' ? exitCodes.ok : exitCodes.failed
  } catch (error) {
    progress.done()
    if (!interrupted.signal.aborted) throw error
    own.stderr.write('the server goes on with it; the same command shows it again, `npx ratchet down` stops it\n')
    return exitCodes.interrupted
  } finally {
    if (options.stop) await runDown({ ...own, stdout: own.stderr })
  }
}

function readOptions({ argv, stdout }: OwnOptions): Options | null {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string', default: '1' },
      port: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      stop: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    stdout.write(usage)
    return null
  }
  const seed = Number(values.seed)
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 31)
    throw new Error(`--seed ${values.seed} is no whole number from 0 to ${2 ** 31 - 1}`)
  return { seed, port: values.port, fresh: values.fresh, stop: values.stop }
}

async function runLoop(
  own: OwnOptions,
  settings: Settings,
  { seed, port, fresh }: Options,
  progress: Progress,
  signal: AbortSignal,
): Promise<{ client: ApiClient; iteration: IterationView }> {
  const { projectDirectory, env } = own
  const { dataDirectory } = settings
  const note = (line: string): void => progress.note(line)
  note('looking for the Python environment of trainer and policy server')
  const python = await createPython({ ...settings, note })(signal)
  const baseModel = await makeBaseModel(python, { projectDirectory, dataDirectory })
  note('starting database, queue, API and worker')
  const url = await ensureLocalServer({ dataDirectory, projectDirectory, env, port, signal })
  note(`the API is at ${url}`)
  const client = createApiClient({ url, apiKey: env['RATCHET_API_KEY'] })
  const recipeFile = join(projectDirectory, 'recipes/quickstart.yaml')
  const { recipe, idempotencyKey } = await prepareQuickstart(client, { seed, recipeFile, baseModel })
  const key = fresh ? `${idempotencyKey}-${Date.now()}` : idempotencyKey
  const started = await client.startIteration(recipe, { idempotencyKey: key })
  note(`iteration ${started.id}`)
  return { client, iteration: await watchIteration(client, started.id, progress, { signal }) }
}

async function report(
  { stdout }: OwnOptions,
  { dataDirectory, s3 }: Settings,
  client: ApiClient,
  iteration: IterationView,
  run: { readonly seed: number; readonly seconds: number },
): Promise<void> {
  const rounds = await figuresOf(client, iteration)
  const { id, state, reason, incumbentCheckpointId: incumbent } = iteration
  const newest = rounds.findLast((each) => each.datasets.length > 0)?.datasets[0]
  const objects = s3 === null ? join(dataDirectory, 'objects') : `s3://${s3.bucket}/${s3.prefix}`
  stdout.write(
    [
      '',
      roundTable(rounds),
      '',
      `iteration   ${id} ${state}${reason === null ? '' : `: ${reason}`}`,
      `API         ${client.url}/v1/iterations/${id} (all of it: ${client.url}/v1/openapi.json)`,
      `datasets    ${objects}${newest === undefined ? '' : `, or: npx ratchet datasets pull ${newest.id}`}`,
      `checkpoints ${join(dataDirectory, 'runs')}${incumbent === null ? '' : `, or: npx ratchet checkpoints pull ${incumbent}`}`,
      `database    ${join(dataDirectory, 'postgres')}`,
      'stop it     npx ratchet down',
      '',
    ].join('\n'),
  )
  stdout.write(
    `${JSON.stringify({ iteration: id, state, seed: run.seed, seconds: Math.round(run.seconds), rounds })}\n`,
  )
}
