import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ApiClient } from './api-client.ts'
import { dryRun } from './commands/dry-run.ts'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { kubernetes, ray, slurm } from './testing/real-clusters.ts'
import { python } from './testing/reference-run.ts'
import { smallRecipe } from './testing/small-loop.ts'

let ratchet: LocalRatchet
let client: ApiClient
let recipe: Awaited<ReturnType<typeof smallRecipe>>

beforeAll(async () => {
  ratchet = await createLocalRatchet({ ...(slurm.missing === null ? slurm.env : {}), ...ray.env })
  client = await ratchet.start()
  recipe = await smallRecipe(client, python, ratchet.dataDirectory, { rounds: 0 })
})
afterAll(() => ratchet?.remove())

/** What the command prints for the recipe with this difference, when it ends with the code. */
async function printed(difference: object, code = 0): Promise<string> {
  const file = join(ratchet.dataDirectory, 'recipe.yaml')
  await writeFile(file, JSON.stringify({ ...recipe, ...difference }))
  let text = ''
  const context = {
    client,
    json: false,
    out: (more: string) => {
      text += more
    },
    terminal: { stream: process.stdout, isTty: false },
    interrupted: () => new AbortController().signal,
  }
  expect(await dryRun(context, file)).toBe(code)
  return text
}

const takes = /\nthe cluster would take it\n$/
const refuses = (reason: string) =>
  new RegExp(`\nthe cluster would refuse it, and the round would fail before anything is sampled: .*${reason}.*\n$`)
const cannotTell = (reason: string) =>
  new RegExp(`\nwhether the cluster would take it cannot be told from here: .*${reason}.*\n$`)

test('a dry run says that the machine itself would take the training, or that the model is not there', async () => {
  expect(await printed({})).toMatch(takes)
  expect(await printed({ baseModel: '/no/such/model' }, 1)).toMatch(refuses('/no/such/model does not exist'))
})

for (const { name, missing, choice, server, wrong, reason } of [
  { ...slurm, wrong: { partition: 'nowhere' }, reason: 'Invalid partition name' },
  { ...kubernetes, wrong: { namespace: 'no-such' }, reason: 'namespaces "no-such" not found' },
  { ...ray, wrong: { address: 'http://127.0.0.1:1' }, reason: '' },
]) {
  if (missing !== null) test.skip(`a dry run for a cluster (skipped: no ${name}; ${missing})`, () => {})
  else
    test(`a dry run says what ${name} answers`, async () => {
      expect(await printed({ cluster: choice })).toMatch(takes)
      const other = await printed({ cluster: { ...choice, ...wrong } }, reason === '' ? 0 : 1)
      expect(other).toMatch(reason === '' ? cannotTell('does not answer') : refuses(reason))
      const serving = { backend: 'job', command: ['serve', '{path}', '{name}', '{port}'] }
      const served = await printed({ serving: { ...serving, cluster: server } })
      expect(served).toMatch(/\neach server is submitted as:\n.*serve.*\nthe cluster would take it\n$/s)
      const unserved = await printed(
        { serving: { ...serving, cluster: { ...server, ...wrong } } },
        reason === '' ? 0 : 1,
      )
      expect(unserved).toMatch(reason === '' ? cannotTell('does not answer') : refuses(reason))
    })
}
