import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { TrajectoryWithText } from '@ratchet/domain/trajectory.ts'
import type { Verdict } from '@ratchet/domain/verdict.ts'
import { PortError } from '../port-error.ts'
import { ClaimLost, type RoundStore, type ShardClaim, type ShardStore } from '../round-store.ts'
import type { StoredTrajectory, TrajectoryFilter, TrajectoryStore } from '../trajectory-store.ts'
import { attempt, verdict } from './attempt.ts'
import { newIteration } from './new-iteration.ts'

/** The store under test, the stores its claims come from, and a problem set that exists there. */
export type TrajectoryStoreUnderTest = {
  readonly trajectories: TrajectoryStore
  readonly rounds: RoundStore
  readonly shards: ShardStore
  readonly problemSetId: string
  close(): Promise<void>
}

/** Creates the iteration `id` and claims the only shard of the exploration of its round 0, `<id>-r0`. */
export async function claimShard(
  { rounds, shards, problemSetId }: Omit<TrajectoryStoreUnderTest, 'trajectories' | 'close'>,
  id: string,
): Promise<ShardClaim> {
  await rounds.createIteration(newIteration(id, problemSetId))
  await shards.plan(`${id}-r0`, 'explore', [null])
  const claimed = await shards.claim(`${id}-r0`, 'explore', 0, 'worker', 600)
  if (claimed === null) throw new Error('there was nothing to claim')
  return claimed.claim
}

/** What every TrajectoryStore promises. */
export function describeTrajectoryStore(name: string, make: () => Promise<TrajectoryStoreUnderTest>): void {
  describe(`${name} as a TrajectoryStore`, () => {
    let world: TrajectoryStoreUnderTest
    let store: TrajectoryStore
    beforeAll(async () => {
      world = await make()
      store = world.trajectories
    })
    afterAll(() => world.close())

    const of = (id: string, difference: Partial<TrajectoryWithText> = {}) =>
      attempt(`${id}-r0`, world.problemSetId, difference)
    const all = (id: string, filter: TrajectoryFilter = {}) => store.list({ roundIds: [`${id}-r0`], ...filter })
    const found = async (id: string): Promise<StoredTrajectory> => {
      const row = await store.find(id)
      if (row === null) throw new Error(`there is no trajectory ${id}`)
      return row
    }

    test('shows what was appended at once and as it was, with its round and the perplexity under its sampler', async () => {
      const claim = await claimShard(world, 'whole')
      const attempts = [of('whole'), of('whole', { index: 1, logprobSum: null })]
      await store.append(claim, attempts)
      const rows = await all('whole')
      const expected = attempts.map(({ text: _text, ...trajectory }) => ({ ...trajectory, roundIndex: 0 }))
      expect(rows).toMatchObject(expected)
      expect(rows.map(({ perplexities }) => perplexities)).toEqual([{ 'policy-0': Math.E }, {}])
      expect(await store.texts(rows)).toEqual(attempts.map(({ text }) => text))
      expect(await store.find(attempts[0]?.id ?? '')).toEqual(rows[0])
      expect(await store.find('none')).toBeNull()
    })

    test('leaves one of what is appended twice, the first, with its text and one verdict', async () => {
      const claim = await claimShard(world, 'twice')
      const first = of('twice')
      const other = of('twice', { text: 'another attempt', endpoint: 'http://127.0.0.1:9' })
      await store.append(claim, [first])
      const before = await all('twice')
      await store.append(claim, [first])
      await store.append(claim, [of('twice', { index: 1 }), other])
      const rows = await all('twice')
      expect(rows).toHaveLength(2)
      expect(rows[0]).toEqual(before[0])
      expect(await store.texts(rows)).toEqual([first.text, of('twice', { index: 1 }).text])
      expect(await store.verdicts(first.id)).toEqual([{ ...first.verdict, at: expect.any(Date) }])
      expect(await store.verdicts('none')).toEqual([])
    })

    test('stores nothing under a claim that has ended or is no longer the newest', async () => {
      const claim = await claimShard(world, 'fenced')
      await store.append(claim, [])
      await world.shards.settle(claim, { kind: 'released' })
      await expect(store.append(claim, [of('fenced')])).rejects.toBeInstanceOf(ClaimLost)
      await expect(store.append(claim, [])).rejects.toBeInstanceOf(ClaimLost)
      const newer = await world.shards.claim('fenced-r0', 'explore', 0, 'other', 600)
      await expect(store.append(claim, [of('fenced')])).rejects.toBeInstanceOf(ClaimLost)
      expect(await all('fenced')).toEqual([])
      if (newer === null) throw new Error('there was nothing to claim')
      await store.append(newer.claim, [of('fenced')])
      expect(await all('fenced')).toHaveLength(1)
    })

    test('takes appends side by side under one claim', async () => {
      const claim = await claimShard(world, 'side')
      const batches = [0, 1, 2, 3].map((batch) => [0, 1, 2].map((n) => of('side', { index: 2 * batch + n })))
      await Promise.all(batches.map((batch) => store.append(claim, batch)))
      const rows = await all('side')
      expect(rows.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
      expect(await store.texts(rows)).toEqual(rows.map(({ index }) => of('side', { index }).text))
    })

    test('refuses a text whose hash is another', async () => {
      const claim = await claimShard(world, 'hash')
      const wrong = of('hash', { textSha256: of('hash', { text: 'other' }).textSha256 })
      await expect(store.append(claim, [wrong])).rejects.toBeInstanceOf(PortError)
      expect(await all('hash')).toEqual([])
    })

    test('lists in order of the bytes of the problem id, then index, by every filter and in pages', async () => {
      const claim = await claimShard(world, 'listed')
      const attempts = ['😀', 'b', '\uffee', 'B'].flatMap((problemId) =>
        [10, 2].map((index) => of('listed', { problemId, index })),
      )
      const evaluated = of('listed', { purpose: 'evaluate', problemId: 'c', verdict: verdict('incorrect') })
      await store.append(claim, [...attempts, evaluated])
      const names = async (filter: TrajectoryFilter) =>
        (await all('listed', filter)).map((row) => `${row.problemId}${row.index}`)
      expect(await names({ purpose: 'explore' })).toEqual([
        'B2',
        'B10',
        'b2',
        'b10',
        '\uffee2',
        '\uffee10',
        '😀2',
        '😀10',
      ])
      expect(await names({ purpose: 'explore', offset: 1, limit: 2 })).toEqual(['B10', 'b2'])
      expect(await names({ offset: 8 })).toEqual(['😀10'])
      expect(await names({ limit: 0 })).toEqual([])
      expect(await names({ problemIds: ['B', 'c'], decision: 'correct' })).toEqual(['B2', 'B10'])
      expect(await names({ decision: 'incorrect' })).toEqual(['c0'])
      expect(await names({ problemSetId: world.problemSetId, problemIds: ['c'] })).toEqual(['c0'])
      expect(await names({ problemSetId: 'none' })).toEqual([])
      expect(await names({ problemIds: [] })).toEqual([])
      expect(await names({ roundIds: [] })).toEqual([])
    })

    test('lists and counts by who decided, by whether there is an answer, and behind a place in the order', async () => {
      const claim = await claimShard(world, 'decided-by')
      const by = (verifier: string, difference: Partial<TrajectoryWithText>) =>
        of('decided-by', { ...difference, verdict: { ...verdict('undecided'), verifier } })
      await store.append(claim, [
        by('math@1', { problemId: 'b' }),
        by('math@2', { problemId: 'B', index: 10 }),
        by('math@1', { problemId: 'B', index: 9 }),
        by('none', { problemId: 'c', finish: 'error', failure: '503', text: '' }),
      ])
      const names = async (filter: TrajectoryFilter) => {
        const rows = await all('decided-by', filter)
        expect(await store.count({ roundIds: ['decided-by-r0'], ...filter, limit: 1, offset: 1 })).toBe(rows.length)
        return rows.map((row) => `${row.problemId}${row.index}`)
      }
      expect(await names({ verifiedBy: ['math@1', 'math@3'] })).toEqual(['B9', 'b0'])
      expect(await names({ notVerifiedBy: ['math@1'] })).toEqual(['B10', 'c0'])
      expect(await names({ notVerifiedBy: ['math@1', 'none'], answered: true })).toEqual(['B10'])
      expect(await names({ answered: true })).toEqual(['B9', 'B10', 'b0'])
      expect(await names({ answered: false })).toEqual(['c0'])
      const [first, second] = await all('decided-by')
      if (first === undefined || second === undefined) throw new Error('they were appended')
      expect(await names({ after: first })).toEqual(['B10', 'b0', 'c0'])
      expect(await names({ after: second, answered: true })).toEqual(['b0'])
      expect((await all('decided-by', { after: first, limit: 1 })).map(({ index }) => index)).toEqual([10])
      expect(await names({ after: { problemId: 'c', index: 0, roundId: '~', id: '' } })).toEqual([])
    })

    test('gives texts in the order asked for, over several appends, as often as asked', async () => {
      const claim = await claimShard(world, 'texts')
      const texts = ['plain', '', 'naïve 😀 ‮\u2028', 'zero \u0000 byte', 'a\r\nb\n', '']
      for (const [index, text] of texts.entries())
        await store.append(claim, [of('texts', { index, text }), of('texts', { index: 10 + index, text: `${text}!` })])
      const rows = (await all('texts')).filter(({ index }) => index < 10)
      expect(await store.texts(rows)).toEqual(texts)
      const shuffled = [4, 0, 0, 5, 2, 3, 1].flatMap((at) => rows[at] ?? [])
      expect(await store.texts(shuffled)).toEqual(shuffled.map(({ index }) => texts[index]))
      expect(await store.texts([])).toEqual([])
    })

    test('gives a lone surrogate back as U+FFFD, and keeps the rest of what a model wrote', async () => {
      const claim = await claimShard(world, 'odd')
      const odd: Verdict = { decision: 'undecided', reason: 'a\u0000b', extracted: '\ud800 😀', verifier: 'exact@1' }
      await store.append(claim, [of('odd', { text: 'lone \ud83d surrogate', verdict: odd, failure: '\udc00' })])
      const rows = await all('odd')
      expect(await store.texts(rows)).toEqual(['lone \ufffd surrogate'])
      expect(rows[0]).toMatchObject({ verdict: { reason: 'a\ufffdb', extracted: '\ufffd 😀' }, failure: '\ufffd' })
    })

    test('sets perplexities under a model again and again, but none that is not finite', async () => {
      const claim = await claimShard(world, 'scored')
      const [a, b] = [of('scored'), of('scored', { index: 1 })]
      await store.append(claim, [a, b])
      await store.score('incumbent', new Map(Object.entries({ [a.id]: 3, [b.id]: Number.POSITIVE_INFINITY })))
      for (let again = 0; again < 2; again++) await store.score('incumbent', new Map([[a.id, 2]]))
      expect((await found(a.id)).perplexities).toEqual({ 'policy-0': Math.E, incumbent: 2 })
      expect((await found(b.id)).perplexities).toEqual({ 'policy-0': Math.E })
    })

    test('replaces the decisions of a curation and leaves those of others', async () => {
      const claim = await claimShard(world, 'decided')
      const [a, b] = [of('decided'), of('decided', { index: 1 })]
      await store.append(claim, [a, b])
      const kept = (trajectoryId: string) => ({ trajectoryId, kept: true, rule: null, value: null })
      const rejected = { trajectoryId: b.id, kept: false, rule: 'length', value: '1' }
      await store.decide('decided-r0', 'first', [kept(a.id), kept(b.id)])
      await store.decide('decided-r0', 'first', [kept(a.id), rejected])
      await store.decide('decided-r0', 'second', [kept(a.id)])
      const [first, second] = ['first', 'second'].map((curationId) => ({ roundId: 'decided-r0', curationId }))
      expect(await store.decisions(b.id)).toEqual([{ ...rejected, ...first }])
      expect(await store.decisions(a.id)).toEqual([
        { ...kept(a.id), ...first },
        { ...kept(a.id), ...second },
      ])
      await store.decide('decided-r0', 'first', [])
      expect(await store.decisions(b.id)).toEqual([])
    })

    test('counts by decision, a failed rollout apart, and sums tokens', async () => {
      const claim = await claimShard(world, 'counted')
      await store.append(claim, [
        of('counted'),
        of('counted', { index: 1, verdict: verdict('incorrect') }),
        of('counted', { index: 2, verdict: verdict('undecided'), finish: 'length' }),
        of('counted', {
          index: 3,
          verdict: verdict('undecided'),
          finish: 'error',
          failure: '503',
          completionTokens: 0,
          text: '',
        }),
        of('counted', { index: 4, purpose: 'evaluate' }),
      ])
      const counts = { rollouts: 4, correct: 1, incorrect: 1, undecided: 1, failed: 1 }
      expect(await store.tally('counted-r0', 'explore')).toEqual({ ...counts, promptTokens: 40, completionTokens: 60 })
      const none = {
        rollouts: 0,
        correct: 0,
        incorrect: 0,
        undecided: 0,
        failed: 0,
        promptTokens: 0,
        completionTokens: 0,
      }
      expect(await store.tally('none', 'explore')).toEqual(none)
    })
  })
}
