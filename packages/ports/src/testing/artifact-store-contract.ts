import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Checkpoint } from '@ratchet/domain/checkpoint.ts'
import type { DatasetKind, DatasetVersion } from '@ratchet/domain/dataset-version.ts'
import type { EvaluationReport } from '@ratchet/domain/evaluation/evaluation-report.ts'
import type { CheckpointStore, DatasetStore, Deployment, DeploymentStore, ReportStore } from '../artifact-store.ts'
import type { RoundStore } from '../round-store.ts'
import { newIteration } from './new-iteration.ts'
import { sftRow, writable } from './sample-dataset.ts'

/** The stores under test, where their iterations come from, and a problem set that exists there. */
export type ArtifactStoresUnderTest = {
  readonly datasets: DatasetStore
  readonly checkpoints: CheckpointStore
  readonly deployments: DeploymentStore
  readonly reports: ReportStore
  readonly rounds: RoundStore
  readonly problemSetId: string
  close(): Promise<void>
}

/** Longer than the clock of any store needs to tell two records apart. */
const apart = () => sleep(5)

/** What the stores of dataset versions, checkpoints, deployments and reports promise. */
export function describeArtifactStores(name: string, make: () => Promise<ArtifactStoresUnderTest>): void {
  describe(`${name}, of artifacts`, () => {
    let world: ArtifactStoresUnderTest
    beforeAll(async () => {
      world = await make()
    })
    afterAll(() => world.close())
    const create = (id: string) => world.rounds.createIteration(newIteration(id, world.problemSetId))

    describe('as a DatasetStore', () => {
      const version = (iterationId: string, round: number, rows: number, kind: DatasetKind = 'sft'): DatasetVersion => {
        const content = Array.from({ length: rows }, (_, index) => sftRow(index))
        const { id, manifest, prefix } = writable(kind, content, iterationId)
        return { id, kind, manifest, prefix, iterationId, roundId: `${iterationId}-r${round}` }
      }

      test('gives a version back as it was recorded', async () => {
        await create('d-whole')
        const recorded = version('d-whole', 0, 2)
        await world.datasets.record(recorded, 'recipe')
        expect(await world.datasets.find(recorded.id)).toEqual(recorded)
        expect(await world.datasets.find('ds_none')).toBeNull()
      })

      test('keeps one version a round, kind and curation, the last', async () => {
        await create('d-again')
        const of = (filter: { kind?: DatasetKind } = {}) =>
          world.datasets.list({ iterationId: 'd-again', ...filter }).then((all) => all.map(({ id }) => id))
        const [first, second] = [version('d-again', 0, 1), version('d-again', 0, 2)]
        await world.datasets.record(first, 'recipe')
        await world.datasets.record(first, 'recipe')
        expect(await of()).toEqual([first.id])
        await world.datasets.record(second, 'recipe')
        expect(await of()).toEqual([second.id])
        await world.datasets.record(first, 'another')
        const preference = version('d-again', 0, 1, 'preference')
        await world.datasets.record(preference, 'recipe')
        expect((await of({ kind: 'sft' })).toSorted()).toEqual([first.id, second.id].toSorted())
        expect(await of({ kind: 'preference' })).toEqual([preference.id])
      })

      test('lists the newest first, by iteration, round and kind, and finds the first of equal content', async () => {
        await create('d-listed')
        const versions = [version('d-listed', 0, 1), version('d-listed', 1, 1), version('d-listed', 1, 2)]
        for (const [index, each] of versions.entries()) {
          await world.datasets.record(each, `curation-${index}`)
          await apart()
        }
        const newest = versions.toReversed()
        expect(await world.datasets.list({ iterationId: 'd-listed' })).toEqual(newest)
        expect(await world.datasets.list({ iterationId: 'd-listed', limit: 1 })).toEqual(newest.slice(0, 1))
        expect(await world.datasets.list({ roundId: 'd-listed-r1', kind: 'sft' })).toEqual(newest.slice(0, 2))
        expect(await world.datasets.list({ iterationId: 'none' })).toEqual([])
        expect(versions[0]?.id).toBe(versions[1]?.id)
        expect((await world.datasets.find(versions[0]?.id ?? ''))?.roundId).toBe('d-listed-r0')
      })
    })

    describe('as a CheckpointStore', () => {
      const checkpoint = (id: string, difference: Partial<Checkpoint> = {}): Checkpoint => ({
        id,
        iterationId: 'c',
        roundId: 'c-r0',
        path: `/checkpoints/${id}`,
        manifestSha256: 'a'.repeat(64),
        uri: `s3://bucket/checkpoints/${id}`,
        metrics: { loss: 0.5, canary: { text: 'x', tokenIds: [1], logprobs: [null] } },
        ...difference,
      })

      test('gives checkpoints back as they were recorded, oldest first, one an id', async () => {
        await create('c')
        const [first, second] = [
          checkpoint('c-2'),
          checkpoint('c-1', { roundId: null, manifestSha256: null, uri: null }),
        ]
        await world.checkpoints.record(first)
        await apart()
        await world.checkpoints.record(second)
        await world.checkpoints.record(first)
        expect(await world.checkpoints.list('c')).toEqual([first, second])
        const better = checkpoint('c-2', { metrics: {} })
        await world.checkpoints.record(better)
        expect(await world.checkpoints.find('c-2')).toEqual(better)
        expect(await world.checkpoints.find('none')).toBeNull()
        expect(await world.checkpoints.list('none')).toEqual([])
      })
    })

    describe('as a DeploymentStore', () => {
      const deployment = (id: string, difference: Partial<Deployment> = {}): Deployment => ({
        iterationId: 's',
        roundId: 's-r0',
        checkpointId: 's-c0',
        name: id,
        state: 'starting',
        endpoints: [],
        reason: 'it loads',
        ...difference,
      })

      test('keeps one deployment a name within an iteration, as it was last recorded, oldest first', async () => {
        await create('s')
        await create('s-other')
        for (const iterationId of ['s', 's-other'])
          await world.checkpoints.record({
            id: `${iterationId}-c0`,
            iterationId,
            roundId: `${iterationId}-r0`,
            path: '/c0',
            manifestSha256: null,
            uri: null,
            metrics: {},
          })
        await world.deployments.record(deployment('b'))
        await apart()
        await world.deployments.record(deployment('a'))
        const other = { iterationId: 's-other', roundId: 's-other-r0', checkpointId: 's-other-c0' }
        await world.deployments.record(deployment('b', other))
        const ready = deployment('b', { state: 'ready', endpoints: ['http://127.0.0.1:8000/v1'], reason: null })
        for (let again = 0; again < 2; again++) await world.deployments.record(ready)
        expect(await world.deployments.list('s')).toEqual([ready, deployment('a')])
        expect(await world.deployments.list('s-other')).toEqual([deployment('b', other)])
        expect(await world.deployments.list('none')).toEqual([])

        expect(await world.deployments.releasing()).toEqual([])
        for (const name of ['a', 'b']) await world.deployments.record(deployment(name, { state: 'releasing' }))
        expect(await world.deployments.releasing()).toEqual(['s'])
        for (const name of ['a', 'b']) await world.deployments.record(deployment(name, { state: 'released' }))
        expect(await world.deployments.releasing()).toEqual([])
      })
    })

    describe('as a ReportStore', () => {
      const report = (difference: Partial<EvaluationReport> = {}): EvaluationReport => ({
        iterationId: 'e',
        roundId: 'e-r0',
        checkpointId: 'e-c0',
        benchmark: 'held-out',
        problemSetId: world.problemSetId,
        problems: 1,
        samples: 1,
        passAt1: { value: 0.5, low: 0.25, high: 0.75 },
        passAtK: { '1': 0.5 },
        majorityAtK: 1,
        meanCompletionTokens: 2,
        truncatedShare: 0,
        scores: [{ problemId: 'p', samples: 2, correct: 1, completionTokens: 4, truncated: 0, majorityCorrect: true }],
        ...difference,
      })

      test('keeps one report a round, checkpoint and benchmark, oldest first, and finds the newest', async () => {
        await create('e')
        for (const [id, roundId] of [
          ['e-c0', 'e-r0'],
          ['e-c1', 'e-r1'],
        ] as const)
          await world.checkpoints.record({
            id,
            iterationId: 'e',
            roundId,
            path: `/${id}`,
            manifestSha256: null,
            uri: null,
            metrics: {},
          })
        const better = report({ passAt1: { value: 0.75, low: 0.5, high: 1 } })
        await world.reports.record(report())
        await world.reports.record(better)
        await apart()
        const later = report({ roundId: 'e-r1' })
        await world.reports.record(later)
        await apart()
        const others = [report({ benchmark: 'other' }), report({ checkpointId: 'e-c1', roundId: 'e-r1' })]
        for (const other of others) {
          await world.reports.record(other)
          await apart()
        }
        expect(await world.reports.list('e')).toEqual([better, later, ...others])
        expect(await world.reports.find('e-c0', 'held-out')).toEqual(later)
        expect(await world.reports.find('e-c0', 'other')).toEqual(others[0])
        expect(await world.reports.find('e-c1', 'other')).toBeNull()
        expect(await world.reports.list('none')).toEqual([])
      })
    })
  })
}
