import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createServerClient, listModels, type ServerClient } from '@ratchet/adapters/serving/server-client.ts'
import {
  findVllmPython,
  makeTinyCheckpoints,
  noVllm,
  startVllmServer,
  type VllmServer,
} from '@ratchet/adapters/testing/vllm-server.ts'
import type { ServedCheckpoint } from '@ratchet/ports/testing/serving-contract.ts'
import type { ApiClient } from './api-client.ts'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { python } from './testing/reference-run.ts'
import { smallRecipe, untilOver } from './testing/small-loop.ts'
import { expectPlain, startAndLook, type Told } from './testing/told.ts'

const directory = mkdtempSync(join(tmpdir(), 'ratchet-bad-serving-'))

let made: (name: string) => ServedCheckpoint
let ratchet: LocalRatchet
let client: ApiClient
let recipe: Awaited<ReturnType<typeof smallRecipe>>

beforeAll(async () => {
  made = makeTinyCheckpoints(directory)
  ratchet = await createLocalRatchet()
  client = await ratchet.start()
  recipe = await smallRecipe(client, python, ratchet.dataDirectory, { rounds: 0 })
})
afterAll(async () => {
  await ratchet?.remove()
  rmSync(directory, { recursive: true, force: true })
})

/** A recipe of a few steps on a base model, which trains an adapter of a rank, or all weights. */
function onBase(baseModel: string, rank: number | null, more: object = {}) {
  const { maxSteps: _maxSteps, ...common } = recipe.train.sft
  const sft = { ...common, maxSteps: 10, ...(rank === null ? {} : { lora: { rank, alpha: 2 * rank } }) }
  return { ...recipe, baseModel, train: { ...recipe.train, sft }, ...more }
}

/** It ends the round at once, after one attempt, with one sentence. */
async function expectFailure(given: object, sentence: RegExp, training: string): Promise<Told> {
  const found = await startAndLook(client, given, sentence, { furtherSeconds: 1 })
  expect(found.reason).toMatch(sentence)
  expect(found).toMatchObject({ iteration: 'failed', round: 'failed', training, attempts: 1 })
  expectPlain(found)
  console.info(`after ${found.seconds.toFixed(1)} s: ${found.reason}`)
  return found
}

describe('an adapter as base model', () => {
  /** An adapter as the trainer writes it, whose manifest says where its base is and which it was. */
  function adapterOn(base: string): string {
    const path = mkdtempSync(join(directory, 'start-'))
    cpSync(made('adapter-1').path, path, { recursive: true })
    for (const name of ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'])
      cpSync(join(made('full-1').path, name), join(path, name))
    const manifest = {
      format: 1,
      kind: 'adapter',
      base: { path: base, sha256: '1'.repeat(64) },
      files: [],
      canary: null,
    }
    writeFileSync(join(path, 'manifest.json'), JSON.stringify(manifest))
    return path
  }

  test('without a word on its own base is refused, whatever else it lacks', async () => {
    const { path } = made('adapter-1')
    const sentence = new RegExp(
      `the start checkpoint ${path} is an adapter without a manifest.json that names its base; merge it into its base, and name the merged model as baseModel in the recipe$`,
    )
    await expectFailure(onBase(path, null), sentence, 'failed')
  })

  test.each([
    ['all weights are trained', null],
    ['it is trained further', 8],
  ])('is refused where another base lies where its own was, when %s', async (_what, rank) => {
    const base = made('full-2').path
    const path = adapterOn(base)
    const sentence = new RegExp(
      `the adapter ${path} belongs to a base with the SHA-256 1{64}, but this job's base ${base} has [0-9a-f]{64}; put the base there that it was trained on, or correct baseModel in the recipe$`,
    )
    await expectFailure(onBase(path, rank), sentence, 'failed')
  })

  test('is refused where its own base is no more', async () => {
    const base = join(directory, 'gone')
    const sentence = new RegExp(`the base checkpoint ${base} does not exist on the trainer's machine; correct its path`)
    await expectFailure(onBase(adapterOn(base), null), sentence, 'failed')
  })
})

const missing = findVllmPython() === null ? noVllm : null
const onVllm = missing === null ? describe : describe.skip

onVllm(`an adapter that the running vLLM cannot serve${missing === null ? '' : ` (${missing})`}`, () => {
  const maxRank = 16
  let server: VllmServer
  let administration: ServerClient
  beforeAll(async () => {
    const home = join(directory, 'server')
    mkdirSync(home)
    server = await startVllmServer({
      directory: home,
      name: 'lora',
      modelPath: made('full-1').path,
      servedName: 'base',
      contextTokens: 256,
      args: ['--enable-lora', '--max-loras', '2', '--max-cpu-loras', '4', '--max-lora-rank', String(maxRank)],
      env: { VLLM_ALLOW_RUNTIME_LORA_UPDATING: 'True' },
    })
    administration = createServerClient(server.url)
  }, 600_000)
  afterAll(async () => {
    await administration?.close()
    await server?.stop()
  }, 60_000)

  const root = () => server.url.replace(/\/v1$/, '')
  const served = (baseModel: string, rank: number | null) =>
    onBase(baseModel, rank, { serving: { backend: 'vllm-lora', url: root(), maxInFlight: 32 } })

  /** It was trained, its round fails, nothing was sampled from it and the server has no more than before. */
  async function expectUnserved(given: object, sentence: string): Promise<void> {
    const { iterationId, roundId } = await expectFailure(given, new RegExp(sentence), 'succeeded')
    expect(await client.deployments(iterationId)).toEqual([
      expect.objectContaining({ state: 'failed', reason: expect.stringMatching(sentence) }),
    ])
    expect((await client.trajectories({ roundId, purpose: 'evaluate', limit: 10 })).items).toEqual([])
    expect((await listModels(administration))?.map(({ id }) => id)).toEqual(['base'])
  }
  const bothBases = (trainedOn: string): string => {
    const startedOn = made('full-1').path
    return `; it was trained on ${trainedOn}, but the server at ${root()} was started on ${startedOn}: start the server on ${trainedOn}, or make ${startedOn} the recipe's baseModel; then start a new iteration$`
  }

  test.each([
    ['other weights', 'full-2', "other weights than the checkpoint's are served as small-r0-\\w+: token \\d+ of .*"],
    // vLLM takes it, and fills up what it lacks with zeros.
    ['fewer dimensions', 'full-narrow', "other weights than the checkpoint's are served as small-r0-\\w+: token .*"],
    ['more dimensions', 'full-wide', 'could not load the adapter /.*: .*The size of tensor a .* must match .*'],
  ])('because its base has %s: both bases are named', async (_what, name, sentence) => {
    const base = made(name).path
    await expectUnserved(served(base, 8), `${sentence}${bothBases(base)}`)
  })

  test('because its rank is too large: the option is named', async () => {
    const sentence =
      'could not load the adapter /.*LoRA rank 32 is greater than max_lora_rank 16; start it with --max-lora-rank 32 or more, or train with a lower rank$'
    await expectUnserved(served(made('full-1').path, 2 * maxRank), sentence)
  })

  test('because it is none: the backends for whole checkpoints are named', async () => {
    const sentence = 'is a full checkpoint, not an adapter: use serving.backend vllm-in-place or command for it$'
    await expectUnserved(served(made('full-1').path, null), sentence)
  })

  test('does not keep it from serving the next that fits', async () => {
    const { id } = await client.startIteration(served(made('full-1').path, 8))
    expect(await untilOver(client, id)).toMatchObject({ state: 'succeeded', reason: null })
    const [deployment] = await client.deployments(id)
    expect((await listModels(administration))?.map(({ id: name }) => name)).toEqual(['base', deployment?.name])
  })
})
