import { afterEach, beforeEach, expect, test } from '@jest/globals'
import {
  type DeterministicEndpoint,
  startDeterministicEndpoint,
} from '@ratchet/adapters/testing/deterministic-endpoint.ts'
import type { Problem } from '@ratchet/domain/problem.ts'
import { RoundRecipe, VerificationChoice } from '@ratchet/domain/recipe/recipe.ts'
import { createMemoryObjectStore } from '@ratchet/ports/testing/memory-object-store.ts'
import { createVerification } from './verification.ts'

let server: DeterministicEndpoint
let verification: ReturnType<typeof createVerification>
const lines: string[] = []
const log = (fields: Record<string, unknown>, message: string) =>
  void lines.push(`${message} ${JSON.stringify(fields)}`)
const objects = createMemoryObjectStore()

const open = () =>
  createVerification({
    env: process.env,
    python: 'python3',
    objects,
    logger: { debug: log, info: log, warn: log, error: log },
  })

beforeEach(async () => {
  lines.length = 0
  server = await startDeterministicEndpoint({ models: ['judge'], answer: () => 'It does not agree.\nNo' })
  verification = open()
})
afterEach(async () => {
  await verification.close()
  await server.close()
})

const recipe = RoundRecipe.parse({
  name: 'r',
  baseModel: '/m',
  problems: 'p',
  imitate: { from: 'demonstrations', demonstrationSet: 'd' },
  train: { sft: { epochs: 1, learningRate: 1 } },
  evaluate: { benchmarks: [{ name: 'b', problemSet: 'b' }] },
})
const judged = (settings: object = {}) => {
  const judge = { model: 'judge', endpoints: [{ url: server.url }], ...settings }
  return { ...recipe, verification: VerificationChoice.parse({ judge }) }
}
const verifierOf = (iterationId: string, settings: object = {}) =>
  verification.verifierFor({ iterationId, recipe: judged(settings) })
const why: Problem = { id: 'why', prompt: 'Why?', verification: { kind: 'judge', gold: ['Because.'] } }
const sum: Problem = { id: 'sum', prompt: '2 + 2?', verification: { kind: 'math', gold: ['4'] } }

test('a recipe without a judge has answers compared in threads, and nobody asked', async () => {
  const verifier = verification.verifierFor({ iterationId: 'it-1', recipe })
  expect(await verifier.verify(sum, '\\boxed{4}')).toMatchObject({ decision: 'correct' })
  expect(await verifier.verify(why, 'Because.')).toMatchObject({ decision: 'undecided', verifier: 'none' })
  expect(server.asked).toBe(0)
})

test('a program goes to the sandbox', async () => {
  const program: Problem = { id: 'f', prompt: 'Write f.', verification: { kind: 'code', gold: ['assert f(1) == 2'] } }
  const verdict = await verifierOf('it-1').verify(program, '```python\ndef f(x):\n    return x + 1\n```')
  expect(verdict).toMatchObject({ verifier: 'code@1' })
  // Undecided where this machine cannot keep a program apart.
  expect(verdict.decision).not.toBe('incorrect')
  expect(server.asked).toBe(0)
}, 60_000)

test('the rounds of an iteration share the budget of their judge, and another iteration has its own', async () => {
  const ask = async (iterationId: string, solution: string) =>
    (await verifierOf(iterationId, { maxCalls: 1 }).verify(why, solution)).decision
  expect(await ask('it-2', 'one')).toBe('incorrect')
  expect(await ask('it-2', 'two')).toBe('undecided')
  expect(await ask('it-3', 'three')).toBe('incorrect')
})

test('another process asks nothing again', async () => {
  await verifierOf('it-4').verify(why, 'four')
  const other = open()
  expect(await other.verifierFor({ iterationId: 'it-4', recipe: judged() }).verify(why, 'four')).toMatchObject({
    decision: 'incorrect',
  })
  await other.close()
  expect(server.asked).toBe(1)
})

test('a judge that contradicts a verdict is told of in the log, and the verdict stands', async () => {
  const verifier = verifierOf('it-5', { secondOpinion: { share: 1 } })
  expect(await verifier.verify(sum, '\\boxed{4}')).toMatchObject({
    decision: 'correct',
    reason: expect.stringMatching(/; judge@1:judge disagrees$/),
  })
  expect(lines.join('\n')).toMatch(/^a judge contradicts a verdict .*"problemId":"sum"/)
  expect(lines.join('\n')).not.toContain('boxed')
})
