import { randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { kubernetesAccess } from '@ratchet/adapters/cluster/kubernetes-access.ts'
import { createKubernetesClient } from '@ratchet/adapters/cluster/kubernetes-client.ts'
import { createS3Store } from '@ratchet/adapters/object-store/s3.ts'
import type { ApiClient } from './api-client.ts'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { kubernetes, ray, slurm } from './testing/real-clusters.ts'
import { python } from './testing/reference-run.ts'
import { smallRecipe, untilOver } from './testing/small-loop.ts'

const {
  S3_ENDPOINT_TEST: endpoint,
  S3_REGION_TEST: region = 'us-east-1',
  S3_ACCESS_KEY_ID_TEST: keyId = '',
  S3_SECRET_ACCESS_KEY_TEST: secret = '',
  S3_BUCKET_TEST: bucket = '',
} = process.env

if (endpoint === undefined)
  test.skip('trainers on clusters and a bucket (skipped: a server is missing; set S3_ENDPOINT_TEST)', () => {})
else describe('trainers on real clusters fetch from a bucket and push to it', () => describeClusters(endpoint))

function describeClusters(server: string): void {
  const prefix = `e2e/${randomUUID()}`
  const secretName = `ratchet-s3-${randomUUID().slice(0, 8)}`
  const closing: (() => Promise<unknown>)[] = []
  let ratchet: LocalRatchet
  let client: ApiClient
  let recipe: Awaited<ReturnType<typeof smallRecipe>>
  beforeAll(async () => {
    const objects = { S3_ENDPOINT: server, S3_BUCKET: bucket, S3_PREFIX: prefix, AWS_REGION: region }
    const keys = { AWS_ACCESS_KEY_ID: keyId, AWS_SECRET_ACCESS_KEY: secret }
    const clusters = { ...(slurm.missing === null ? slurm.env : {}), ...ray.env }
    ratchet = await createLocalRatchet({ ...objects, ...keys, ...clusters })
    closing.push(() => ratchet.remove())
    closing.push(() => empty(server, prefix))
    client = await ratchet.start()
    recipe = await smallRecipe(client, python, ratchet.dataDirectory, { rounds: 0 })
    recipe.train.sft.maxSteps = 20
  })
  afterAll(async () => {
    for (let close = closing.pop(); close !== undefined; close = closing.pop()) await close()
  })

  /** A file that the trainer's user alone can read. */
  const protectedFile = (name: string, text: string): string => {
    const directory = join(ratchet.dataDirectory, 'keys')
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, name), text)
    chmodSync(join(directory, name), 0o600)
    return join(directory, name)
  }
  const profile = (): string =>
    protectedFile('credentials', `[default]\naws_access_key_id = ${keyId}\naws_secret_access_key = ${secret}\n`)

  const expectPushed = async (cluster: object): Promise<void> => {
    const { id } = await client.startIteration({ ...recipe, cluster })
    const iteration = await untilOver(client, id)
    expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
    const [checkpoint] = await client.checkpoints(id)
    expect(checkpoint?.uri).toBe(`s3://${bucket}/${prefix}/checkpoints/${checkpoint?.id}`)
    const store = storeAt(server, prefix)
    expect(await store.head(`checkpoints/${checkpoint?.id}/manifest.json`)).not.toBeNull()
    await store.close()
  }

  if (slurm.missing !== null) test.skip(`on Slurm (skipped: no Slurm; ${slurm.missing})`, () => {})
  else {
    test('on Slurm by a line of setup that reads a protected file', async () => {
      const file = protectedFile('s3.env', `export AWS_ACCESS_KEY_ID=${keyId} AWS_SECRET_ACCESS_KEY=${secret}\n`)
      await expectPushed({ ...slurm.choice, setup: [`. ${file}`] })
    })

    test('on Slurm by a file of profiles that a variable names', async () => {
      await expectPushed({ ...slurm.choice, env: { AWS_SHARED_CREDENTIALS_FILE: profile() } })
    })

    test('on Slurm without credentials the round fails at once and says so, since those of the worker stay with it', async () => {
      const nowhere = { AWS_EC2_METADATA_DISABLED: 'true', AWS_SHARED_CREDENTIALS_FILE: '/no/such/file' }
      const { id } = await client.startIteration({ ...recipe, cluster: { ...slurm.choice, env: nowhere } })
      const { state, reason } = await untilOver(client, id)
      expect(state).toBe('failed')
      expect(reason).toMatch(
        /in attempt 1: the trainer on \S+ has no credentials for the bucket .*; give its environment/,
      )
      expect(reason).not.toContain(secret)
    })
  }

  if (kubernetes.missing !== null) test.skip(`on Kubernetes (skipped: no Kubernetes; ${kubernetes.missing})`, () => {})
  else
    test('on Kubernetes by a secret of the namespace', async () => {
      const kubeconfig = String(kubernetes.choice['kubeconfig'])
      const admin = createKubernetesClient(kubernetesAccess({ kubeconfig, env: {} }))
      closing.push(() => admin.close())
      const path = `/api/v1/namespaces/${admin.namespace}/secrets`
      const stringData = { id: keyId, key: secret }
      await admin.text({ method: 'POST', path, body: { metadata: { name: secretName }, stringData } })
      closing.push(() => admin.text({ method: 'DELETE', path: `${path}/${secretName}` }))
      await expectPushed({
        ...kubernetes.choice,
        secrets: {
          AWS_ACCESS_KEY_ID: { secret: secretName, key: 'id' },
          AWS_SECRET_ACCESS_KEY: { secret: secretName, key: 'key' },
        },
      })
    })

  if (ray.missing !== null) test.skip(`on Ray (skipped: no Ray; ${ray.missing})`, () => {})
  else
    test('on Ray by a file of profiles on its nodes that a variable names', async () => {
      await expectPushed({ ...ray.choice, env: { AWS_SHARED_CREDENTIALS_FILE: profile() } })
    })
}

function storeAt(server: string, prefix: string) {
  const credentials = { accessKeyId: keyId, secretAccessKey: secret }
  return createS3Store({ bucket, prefix, endpoint: server, region, credentials })
}

async function empty(server: string, prefix: string): Promise<void> {
  const store = storeAt(server, prefix)
  for await (const key of store.list('')) await store.delete(key)
  await store.close()
}
