import { describe, expect, test } from '@jest/globals'
import { proveCanary, type Scores } from './prove-canary.ts'

const canary = { text: 'abcde', tokenIds: [1, 2, 3, 4, 5], logprobs: [null, -1, -2, -3, -4] }
const prove = (scores: Scores) => proveCanary(async () => scores, 'p', canary)
const scored = (logprobs: readonly (number | null)[]): Scores => ({ kind: 'scored', logprobs })

describe('a canary', () => {
  test('is proven by the logprobs that the trainer measured, and by those that rounding moved', async () => {
    expect(await prove(scored([null, -1, -2, -3, -4]))).toEqual({ kind: 'proven' })
    expect(await prove(scored([null, -1.01, -1.98, -3.06, -4.01]))).toEqual({ kind: 'proven' })
  })

  test('is refuted by logprobs that are off in the mean, and the token that is furthest off is named', async () => {
    expect(await prove(scored([null, -1.05, -1.95, -3.1, -4.05]))).toEqual({
      kind: 'refuted',
      reason:
        "other weights than the checkpoint's are served as p: token 3 of the canary has the logprob -3.1, the trainer measured -3",
    })
  })

  test('is refuted where a token has no logprob, or there are too few or more', async () => {
    expect(await prove(scored([null, -1, null, -3, -4]))).toMatchObject({ kind: 'refuted' })
    expect(await prove(scored([null, -1]))).toMatchObject({ reason: 'the canary has 5 tokens, the server scored 2' })
  })

  test('of a server that refuses to score is refuted, of one that does not answer it is not', async () => {
    const refused = await prove({ kind: 'refused', reason: 'echo is off' })
    expect(refused).toMatchObject({ kind: 'refuted', reason: expect.stringMatching(/echo is off/) })
    expect(await prove({ kind: 'unanswered' })).toEqual({ kind: 'unanswered' })
  })
})
