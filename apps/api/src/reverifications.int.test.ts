import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { RoundState } from '@ratchet/domain/round/round-state.ts'
import type { Verifier } from '@ratchet/ports/verifier.ts'
import { handleMessage } from '@ratchet/stages/handle-message.ts'
import { sampleRecipe, sampleTrajectory, storeSampleSets } from './testing/sample.ts'
import { createTestApi, type TestApi } from './testing/test-api.ts'

let api: TestApi
let problemSetId: string
beforeAll(async () => {
  api = await createTestApi()
  problemSetId = (await storeSampleSets(api.world)).problemSetId
})
afterAll(() => api.close())

const get = (url: string) => api.request({ url })
const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  api.request({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...headers },
    payload: JSON.stringify(body),
  })

/** A round in this state with attempts 0 to 2 at `p-0`; attempt 1 is correct, the others are not. */
async function storedRound(state: RoundState = 'accepted'): Promise<string> {
  const { rounds } = (await post('/v1/iterations', sampleRecipe)).json()
  const round = await api.world.rounds.round(rounds[0].id)
  if (round === null) throw new Error('it was created')
  const attempts = [0, 1, 2].map((index) => sampleTrajectory(round.id, problemSetId, index))
  await api.storeTrajectories(round.id, attempts)
  await api.world.rounds.updateRound(round, { state })
  return round.id
}

/** Finds that every attempt with an even number is correct. */
const even: Verifier = {
  async verify(_problem, solution) {
    const decision = Number(solution) % 2 === 0 ? 'correct' : 'incorrect'
    return { decision, reason: 'looked at the last bit', extracted: solution, verifier: 'even@1' }
  },
}

/** What a worker does with the last message. */
async function work(): Promise<void> {
  const message = api.queued.at(-1)
  if (message?.kind !== 'reverify') throw new Error('nothing is to be verified')
  const worker = { owner: 'w', shutdown: new AbortController().signal, leaseSeconds: 15, heartbeatSeconds: 3 }
  await handleMessage({ ...api.world, verifierFor: () => even }, message, worker)
}

describe('verifying a round again', () => {
  test('answers 202 with where to look, and shows what a worker found', async () => {
    const roundId = await storedRound()
    const asked = await post(`/v1/rounds/${roundId}/reverify`, {})
    expect(asked.statusCode).toBe(202)
    const begun = asked.json()
    expect(begun).toMatchObject({ roundId, filter: {}, state: 'pending', total: 3, checked: 0, startedAt: null })
    expect(asked.headers.location).toBe(`/v1/rounds/${roundId}/reverifications/${begun.id}`)
    expect(api.queued.at(-1)).toEqual({ kind: 'reverify', roundId, reverificationId: begun.id })
    await work()
    const ended = (await get(String(asked.headers.location))).json()
    const changes = [
      { from: 'correct', to: 'incorrect', trajectories: 1 },
      { from: 'incorrect', to: 'correct', trajectories: 2 },
    ]
    expect(ended).toMatchObject({ state: 'done', checked: 3, appended: 3, changes, reason: null })
    expect((await get(`/v1/rounds/${roundId}/reverifications`)).json().items).toEqual([ended])

    const { verdicts, verdict } = (await get(`/v1/trajectories/tr-${roundId}-0`)).json()
    expect(verdicts.map(({ verifier }: { verifier: string }) => verifier)).toEqual(['exact@1', 'even@1'])
    expect(verdict).toMatchObject({ decision: 'correct', verifier: 'even@1' })
    const { tallies, iterationId } = (await get(`/v1/rounds/${roundId}`)).json()
    expect(tallies.explore).toMatchObject({ correct: 2, incorrect: 1 })
    const events = (await get(`/v1/iterations/${iterationId}/events?follow=false`)).json().items
    expect(events.at(-1)).toMatchObject({
      kind: 'round.reverified',
      body: { round: 0, reverificationId: begun.id, checked: 3, appended: 3, changes },
    })
  })

  test('takes a filter, and the same key once', async () => {
    const roundId = await storedRound()
    const path = `/v1/rounds/${roundId}/reverify`
    const filter = { decision: 'incorrect', problemSet: 'chains', notVerifiedBy: ['even@1'] }
    const key = { 'idempotency-key': `key of ${roundId}` }
    const first = await post(path, filter, key)
    expect(first.json()).toMatchObject({ filter: { ...filter, problemSet: problemSetId }, total: 2 })
    const again = await post(path, filter, key)
    expect([first.statusCode, again.statusCode]).toEqual([202, 200])
    expect(again.json().id).toBe(first.json().id)
    const other = await post(path, { decision: 'correct' }, key)
    expect(other.json()).toMatchObject({ status: 422, type: 'urn:ratchet:problem:idempotency-key-reused' })
    await work()
    expect((await get(String(first.headers.location))).json()).toMatchObject({ state: 'done', checked: 2, appended: 2 })
    const { items } = (await get(`/v1/trajectories?roundId=${roundId}&decision=correct`)).json()
    expect(items.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2])
  })

  test('takes no body as no filter', async () => {
    const roundId = await storedRound()
    const asked = await api.request({ method: 'POST', url: `/v1/rounds/${roundId}/reverify` })
    expect(asked.json()).toMatchObject({ filter: {}, total: 3 })
  })

  test.each<[RoundState, string]>([
    ['explore', 'wait until it is curated'],
    ['evaluate', 'wait until it has finished, or verify only purpose explore'],
  ])('is a 409 while the round is in state %s, and says what to do', async (state, remedy) => {
    const roundId = await storedRound(state)
    const { status, type, detail } = (await post(`/v1/rounds/${roundId}/reverify`, {})).json()
    expect([status, type]).toEqual([409, 'urn:ratchet:problem:refused'])
    expect(detail).toBe(`round 0 is in state ${state} and goes by its verdicts: ${remedy}`)
    expect((await get(`/v1/rounds/${roundId}/reverifications`)).json().items).toEqual([])
  })

  test('names every wrong setting, and what is not there', async () => {
    const roundId = await storedRound()
    const wrong = (await post(`/v1/rounds/${roundId}/reverify`, { decision: 'wrong', since: 1 })).json()
    expect(wrong).toMatchObject({ status: 422, type: 'urn:ratchet:problem:invalid-request' })
    expect(wrong.errors.map(({ path }: { path: string }) => path)).toEqual(['decision', 'since'])
    expect((await post(`/v1/rounds/${roundId}/reverify`, { problemSet: 'none' })).json().errors[0].path).toBe(
      'problemSet',
    )
    expect((await post(`/v1/rounds/none/reverify`, {})).statusCode).toBe(404)
    expect((await get(`/v1/rounds/none/reverifications`)).statusCode).toBe(404)
    const { id } = (await post(`/v1/rounds/${roundId}/reverify`, {})).json()
    expect((await get(`/v1/rounds/${await storedRound()}/reverifications/${id}`)).statusCode).toBe(404)
  })

  test('keeps a re-curation waiting that would read the same verdicts', async () => {
    const roundId = await storedRound()
    const round = await api.world.rounds.round(roundId)
    if (round !== null) await api.world.rounds.updateRound(round, { results: { score: { model: 'm', scored: 0 } } })
    const { id } = (await post(`/v1/rounds/${roundId}/reverify`, {})).json()
    const refused = (await post(`/v1/rounds/${roundId}/recurate`, { rules: [{ rule: 'correct' }] })).json()
    expect(refused).toMatchObject({ status: 409, type: 'urn:ratchet:problem:refused' })
    expect(refused.detail).toContain(id)
  })

  test('is described in the reference', async () => {
    const { paths, components } = (await get('/v1/openapi.json')).json()
    expect(Object.keys(paths)).toContain('/v1/rounds/{id}/reverify')
    expect(components.schemas.Reverification.required).toContain('changes')
    expect(Object.keys(components.schemas.ReverificationFilterInput.properties)).toContain('notVerifiedBy')
  })
})
