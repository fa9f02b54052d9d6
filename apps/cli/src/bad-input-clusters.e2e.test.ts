import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { appendFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { findKubernetes, openKubernetesLab } from '@ratchet/adapters/testing/kubernetes-lab.ts'
import { canMount, withSmallDisk } from '@ratchet/adapters/testing/small-disk.ts'
import type { ApiClient } from './api-client.ts'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import {
  kubernetes as onKubernetes,
  ray as onRay,
  slurm as onSlurm,
  type RealCluster,
} from './testing/real-clusters.ts'
import { python } from './testing/reference-run.ts'
import { smallRecipe, untilOver } from './testing/small-loop.ts'
import { expectPlain, type Looking, startAndLook, type Told } from './testing/told.ts'

const wrongToken = 'a-token-that-is-not-the-one'

const [slurm, kubernetes, ray] = [onSlurm.choice, onKubernetes.choice, onRay.choice]

let ratchet: LocalRatchet
let client: ApiClient
let recipe: Awaited<ReturnType<typeof smallRecipe>>

beforeAll(async () => {
  ratchet = await createLocalRatchet({
    ...(onSlurm.missing === null ? onSlurm.env : {}),
    ...onRay.env,
    RAY_WRONG_TOKEN: wrongToken,
  })
  client = await ratchet.start()
  recipe = await smallRecipe(client, python, ratchet.dataDirectory, { rounds: 0 })
})
afterAll(() => ratchet?.remove())

/** Starts a round of the recipe with `changed` in it, and looks until it gives the reason. */
const told = (changed: object, says: RegExp, furtherSeconds = 0, meanwhile?: Looking['meanwhile']): Promise<Told> =>
  startAndLook(client, { ...recipe, ...changed }, says, { furtherSeconds, ...(meanwhile && { meanwhile }) })

const secrets = [wrongToken, onRay.env['RAY_TOKEN'] || wrongToken]

/** The cluster says so before anything is sampled, and no attempt is opened. */
async function expectRefusal(changed: object, sentence: RegExp): Promise<void> {
  const found = await told(changed, sentence, 1)
  expect(found).toMatchObject({ iteration: 'failed', round: 'failed', training: null, attempts: 0 })
  expect(found.reason).toMatch(sentence)
  expectPlain(found, secrets)
}

/** It ends the round at once, after one attempt. */
async function expectFailure(changed: object, sentence: RegExp): Promise<void> {
  const found = await told(changed, sentence, 1)
  expect(found).toMatchObject({ iteration: 'failed', round: 'failed', training: 'failed', attempts: 1 })
  expect(found.reason).toMatch(sentence)
  expectPlain(found, secrets)
}

/** It waits, saying for what, and opens no further attempt. */
async function expectWaiting(changed: object, sentence: RegExp): Promise<Told> {
  const found = await told(changed, sentence, 5)
  expect(found).toMatchObject({ iteration: 'running', round: 'train', training: 'pending', attempts: 1 })
  expect(found.reason).toMatch(sentence)
  expectPlain(found, secrets)
  return found
}

/** A copy of the base model without its tokenizer. */
function modelWithoutTokenizer(): string {
  const path = join(ratchet.dataDirectory, 'models', 'no-tokenizer')
  mkdirSync(path, { recursive: true })
  cpSync(recipe.baseModel, path, { recursive: true })
  rmSync(join(path, 'tokenizer.json'), { force: true })
  return path
}

/** The tests of a cluster, or one that is skipped where there is none. */
function onCluster({ name, missing }: RealCluster, tests: () => void): void {
  if (missing !== null) test.skip(`bad input on a cluster (skipped: no ${name}; ${missing})`, () => {})
  else describe(`bad input on ${name}`, tests)
}

onCluster(onSlurm, () => {
  const less =
    'lower cluster.gpusPerNode, cpusPerNode, memoryPerNodeGb or nodes, or choose another partition or gpuType'
  test.each([
    [
      'more GPUs than any node has',
      { gpusPerNode: 9 },
      `Requested node configuration is not available; no node has what it asks for: ${less}$`,
    ],
    [
      'more memory than any node has',
      { memoryPerNodeGb: 900 },
      `Requested node configuration is not available; no node has what it asks for: ${less}$`,
    ],
    [
      'an unknown partition',
      { partition: 'nowhere' },
      'Slurm refused sbatch: .*Invalid partition name specified; correct cluster.partition; sinfo lists those that there are$',
    ],
    [
      'an option that sbatch does not know',
      { options: ['--nonsense=1'] },
      "unrecognized option '--nonsense=1'; correct cluster.options$",
    ],
  ])('%s is refused before anything is sampled', async (_what, changed, sentence) => {
    await expectRefusal({ cluster: { ...slurm, ...changed } }, new RegExp(sentence))
  })

  test.each([
    [
      'more nodes than there are',
      { nodes: 3 },
      '\\(PartitionNodeLimit\\): lower cluster.nodes, or choose another cluster.partition$',
    ],
    [
      'a trainer that is not there',
      { trainer: ['/no/such/python'] },
      'the cluster cannot run it: .*exit code 127: its command is not there .*correct cluster.trainer',
    ],
  ])('%s ends the round with one sentence', async (_what, changed, sentence) => {
    await expectFailure({ cluster: { ...slurm, ...changed } }, new RegExp(sentence))
  })

  test('a base model without a tokenizer is named by its path', async () => {
    const baseModel = modelWithoutTokenizer()
    const sentence = new RegExp(
      `the start checkpoint ${baseModel} has no tokenizer; add its tokenizer.json to it, or correct baseModel`,
    )
    await expectFailure({ cluster: slurm, baseModel }, sentence)
  })

  test('a dataset that somebody changed before the trainer starts is not trained on', async () => {
    // Another recipe's datasets have other names.
    const changed = { name: 'changed', seed: 77, cluster: { ...slurm, options: ['--begin=now+8'] } }
    const sentence =
      /the dataset file \S+ has \d+ bytes with the SHA-256 [0-9a-f]{64}, but the job says \d+ bytes with [0-9a-f]{64}: somebody changed it; make/
    const change = async (roundId: string): Promise<void> => {
      for (const path of await untilDataset(roundId)) await appendFile(path, 'x')
    }
    const found = await told(changed, sentence, 1, change)
    expect(found).toMatchObject({ iteration: 'failed', round: 'failed', training: 'failed', attempts: 1 })
    expect(found.reason).toMatch(sentence)
    expectPlain(found, secrets)
  })

  if (!canMount()) test.skip('a full disk of the runs (skipped: this user cannot mount a small file system)', () => {})
  else
    test('a disk of the runs that is full is named, and nothing is tried again', async () => {
      await withSmallDisk(async (runsDirectory) => {
        const sentence = new RegExp(
          `the disk of ${runsDirectory}/\\S+ is full: free some space there, or name another cluster.runsDirectory, then retry`,
        )
        // A little less than the checkpoint needs.
        fill(runsDirectory)
        await expectFailure({ cluster: { ...slurm, runsDirectory } }, sentence)
      })
    })
})

onCluster(onKubernetes, () => {
  test.each([
    [
      'more GPUs than any node has are',
      { gpusPerNode: 9 },
      'Insufficient nvidia.com/gpu.*; no node is large enough: lower cluster.gpusPerNode, or add a larger node$',
    ],
    [
      'more memory than any node has is',
      { memoryPerNodeGb: 9000 },
      'Insufficient memory.*; no node is large enough: lower cluster.memoryPerNodeGb, or add a larger node$',
    ],
    [
      'a selector that no node fits is',
      { nodeSelector: { no: 'where' } },
      '; correct cluster.nodeSelector, or label a node so$',
    ],
    [
      'a claim that is not there is',
      { volumes: [{ claim: 'no-such', mountPath: '/runs' }] },
      'persistentvolumeclaim "no-such" not found.*; create it in the namespace, or correct cluster.volumes$',
    ],
    [
      'a secret that is not there is',
      { secrets: { HF_TOKEN: { secret: 'no-such', key: 'token' } } },
      'secret "no-such" not found; create it in the namespace, or correct cluster.secrets$',
    ],
    [
      'an image that cannot be pulled is',
      { image: 'registry.invalid/trainer:1' },
      '"registry.invalid/trainer:1"; correct cluster.image, or cluster.imagePullSecrets where',
    ],
  ])('%s told within seconds, and waited for', async (_what, changed, sentence) => {
    await expectWaiting({ cluster: { ...kubernetes, ...changed } }, new RegExp(sentence))
  })

  test('an image that cannot be pulled ends the round once a minute has passed, after one attempt', async () => {
    const cluster = { ...kubernetes, image: 'registry.invalid/trainer:1' }
    const found = await told({ cluster }, /cannot run it: ImagePullBackOff: .*; correct cluster\.image/, 1)
    expect(found).toMatchObject({ iteration: 'failed', round: 'failed', training: 'failed', attempts: 1 })
    expect(found.seconds).toBeGreaterThan(55)
    expect(found.seconds).toBeLessThan(80)
  })

  test('an unknown namespace is refused before anything is sampled', async () => {
    const sentence = /namespaces "no-such" not found; create it, or correct cluster.namespace$/
    await expectRefusal({ cluster: { ...kubernetes, namespace: 'no-such' } }, sentence)
  })

  test('a trainer that is not there ends the round with one sentence', async () => {
    const cluster = { ...kubernetes, trainer: ['/no/such/python'] }
    await expectFailure({ cluster }, /\/no\/such\/python": no such file or directory$/)
  })

  test('a quota that its pod exceeds, or on what it does not ask for, is told within seconds', async () => {
    const lab = await openKubernetesLab(findKubernetes() ?? '')
    const cluster = { ...kubernetes, kubeconfig: lab.settings.kubeconfig }
    const refused =
      /exceeded quota: small, requested: requests\.memory=2Gi, used: requests\.memory=0, limited: requests\.memory=1Gi; it starts when the quota has room: ask for less, or have the quota raised$/
    const unsaid =
      /failed quota: small: must specify requests\.memory .*; the quota wants it said: set cluster\.memoryPerNodeGb and cluster\.cpusPerNode$/
    try {
      const path = `/api/v1/namespaces/${lab.namespace}/resourcequotas`
      const body = { metadata: { name: 'small' }, spec: { hard: { 'requests.memory': '1Gi' } } }
      await lab.admin.text({ method: 'POST', path, body })
      const waited = [
        await expectWaiting({ cluster: { ...cluster, memoryPerNodeGb: 2 } }, refused),
        await expectWaiting({ cluster }, unsaid),
      ]
      // Their Jobs are closed before the namespace goes.
      for (const { iterationId } of waited) await untilOver(client, iterationId)
    } finally {
      await lab.close()
    }
  })

  test('a kubeconfig that is not there is told before anything is sampled', async () => {
    await expectRefusal({ cluster: { ...kubernetes, kubeconfig: '/no/such' } }, /correct cluster\.kubeconfig/)
  })
})

onCluster(onRay, () => {
  test('more GPUs than any node has are told within seconds, and waited for', async () => {
    const sentence =
      /none of the Ray cluster's 1 nodes has as much, they have 0 GPU at most: ask for less in cluster\.gpus, or add a larger node$/
    await expectWaiting({ cluster: { ...ray, gpus: 8 } }, sentence)
  })

  test('a wrong token is refused before anything is sampled', async () => {
    const sentence =
      /refuses the token: put the one it was started with into the variable that cluster\.tokenEnv names$/
    await expectRefusal({ cluster: { ...ray, tokenEnv: 'RAY_WRONG_TOKEN' } }, sentence)
  })

  test('a trainer that is not there ends the round with one sentence', async () => {
    const sentence = /the cluster cannot run it: exit code 127: its command is not there .*correct cluster.trainer/
    await expectFailure({ cluster: { ...ray, trainer: ['/no/such/python'] } }, sentence)
  })

  test('a variable that the worker does not have is told before anything is sampled', async () => {
    const sentence = /cluster\.tokenEnv names RAY_NOWHERE, which this process does not have: set it for the worker$/
    await expectRefusal({ cluster: { ...ray, tokenEnv: 'RAY_NOWHERE' } }, sentence)
  })

  test('a base model that is not there is named by its path', async () => {
    const sentence =
      /the start checkpoint \/no\/such\/model does not exist on the trainer's machine; correct its path, baseModel in the recipe/
    await expectFailure({ cluster: ray, baseModel: '/no/such/model' }, sentence)
  })
})

/** The files of the round's dataset, once the trainer's job holds their hashes. */
async function untilDataset(roundId: string): Promise<string[]> {
  for (;;) {
    const training = await client.training(roundId).catch(() => null)
    const [version] = await client.datasets({ roundId })
    if (training !== null && version !== undefined) {
      const root = join(ratchet.dataDirectory, 'objects')
      const found = await readdir(root, { recursive: true })
      return found
        .filter((name) => name.includes(version.id) && name.endsWith('.jsonl.gz'))
        .map((name) => join(root, name))
    }
    await sleep(100)
  }
}

/** Leaves 300 kB of a mebibyte. */
function fill(directory: string): void {
  execFileSync('dd', ['if=/dev/zero', `of=${join(directory, 'filling')}`, 'bs=1k', 'count=700'], { stdio: 'ignore' })
}
