import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import type { Canary, DeploymentReport, DeploymentRequest, Serving } from '../serving.ts'

export type ServingHarness = {
  /** A serving object as one more worker would make it, on the same servers. */
  open(): Serving
  /** Two checkpoints that exist, with their true canaries. */
  readonly checkpoints: readonly [ServedCheckpoint, ServedCheckpoint]
  /** Deployments served at an endpoint. Asked over HTTP where absent. */
  readonly served?: (url: string) => Promise<string[]>
  /** Kills whatever serves, without a word. Absent where the servers are not ours. */
  readonly crash?: () => Promise<void>
  /** The name under which a deployment answers, where servers keep one of their own. */
  readonly model?: string
  close(): Promise<void>
}
export type ServedCheckpoint = { readonly path: string; readonly canary: Canary }

const Models = z.object({ data: z.array(z.object({ id: z.string() })) })

export type ServingTraits = {
  /** The servers are its own, so it starts them again when they die. */
  readonly startsServers: boolean
  /** Checkpoints that its servers hold at once, at least two. Default: any number. */
  readonly atOnce?: number
}

/** What every serving promises. */
export function describeServing(
  name: string,
  make: () => Promise<ServingHarness>,
  { startsServers, atOnce = Number.POSITIVE_INFINITY }: ServingTraits,
): void {
  describe(`${name}, as serving`, () => {
    let harness: ServingHarness
    let serving: Serving
    const ensured = new Set<string>()
    /** What is served, the oldest first. */
    const held: string[] = []
    beforeAll(async () => {
      harness = await make()
      serving = harness.open()
    }, 120_000)
    afterAll(async () => {
      for (const each of ensured) await serving.release(each)
      await serving.close()
      await harness.close()
    }, 120_000)

    const request = (deployment: string, index: 0 | 1 = 0): DeploymentRequest => {
      ensured.add(deployment)
      return { name: deployment, ...harness.checkpoints[index] }
    }
    const settle = async (
      wanted: DeploymentRequest,
      by = serving,
    ): Promise<Exclude<DeploymentReport, { state: 'starting' }>> => {
      if (!held.includes(wanted.name) && held.length >= atOnce) await serving.release(held.shift() ?? '')
      for (let tries = 0; tries < 1000; tries += 1) {
        const report = await by.ensure(wanted)
        if (report.state === 'ready' && !held.includes(wanted.name)) held.push(wanted.name)
        if (report.state !== 'starting') return report
        await sleep(50)
      }
      throw new Error('it starts for ever')
    }
    const urlOf = (report: DeploymentReport): string => {
      if (report.state !== 'ready') throw new Error(`it is ${report.state}: ${report.reason}`)
      return report.served.endpoints[0]?.url ?? ''
    }
    const served = async (url: string): Promise<string[]> => {
      if (harness.served !== undefined) return await harness.served(url)
      const answer = await fetch(`${url}/models`).catch(() => null)
      const models = Models.parse(answer === null ? { data: [] } : await answer.json())
      return models.data.map(({ id }) => id)
    }

    test('a checkpoint is served under its name, and its canary is reproduced', async () => {
      const report = await settle(request('policy-a'))
      expect(report).toMatchObject({ state: 'ready', served: { model: harness.model ?? 'policy-a' } })
      expect(await served(urlOf(report))).toContain('policy-a')
    })

    test('asking again, many at once and from another worker, only looks', async () => {
      const first = await settle(request('policy-a'))
      const other = harness.open()
      const reports = await Promise.all(
        [serving, other, serving, other].map((each) => settle(request('policy-a'), each)),
      )
      for (const report of reports) expect(report).toEqual(first)
      await other.close()
    })

    test('two checkpoints are served at once', async () => {
      const [a, b] = [await settle(request('policy-a')), await settle(request('policy-b', 1))]
      expect(await served(urlOf(a))).toContain('policy-a')
      expect(await served(urlOf(b))).toContain('policy-b')
    })

    test('a checkpoint without a canary is taken at its word', async () => {
      expect(await settle({ ...request('policy-base'), canary: null })).toMatchObject({ state: 'ready' })
    })

    test('other weights than the canary was taken from are refused, with both numbers', async () => {
      const { canary } = harness.checkpoints[0]
      const logprobs = canary.logprobs.map((logprob) => (logprob === null ? null : logprob - 1))
      const wrong = { ...request('policy-wrong'), canary: { ...canary, logprobs } }
      const report = await settle(wrong)
      expect(report.state).toBe('failed')
      expect(report).toMatchObject({ reason: expect.stringMatching(/logprob -\d.*trainer measured -\d/) })
    })

    test('a checkpoint that does not exist is named', async () => {
      const report = await settle({ ...request('policy-nowhere'), path: '/nowhere/at-all', canary: null })
      expect(report.state).toBe('failed')
      expect(report).toMatchObject({ reason: expect.stringContaining('/nowhere/at-all') })
    })

    test('what is released is no longer served, and the rest is', async () => {
      const [a, b] = [await settle(request('policy-a')), await settle(request('policy-b', 1))]
      await serving.release('policy-b')
      held.splice(held.indexOf('policy-b'), 1)
      expect(await served(urlOf(b))).not.toContain('policy-b')
      expect(await served(urlOf(a))).toContain('policy-a')
      expect(await settle(request('policy-b', 1))).toMatchObject({ state: 'ready' })
    })

    test('releasing an unknown name is fine', async () => {
      await serving.release('never-served')
    })

    if (atOnce !== Number.POSITIVE_INFINITY)
      test('a checkpoint beyond what the servers hold waits and names those, and is served once one is released', async () => {
        for (let index = held.length; index < atOnce; index += 1) await settle(request(`policy-full-${index}`))
        const [oldest = ''] = held
        const waiting = await serving.ensure(request('policy-beyond'))
        expect(waiting).toMatchObject({ state: 'starting', reason: expect.stringContaining(`${oldest} already`) })
        await serving.release(oldest)
        held.shift()
        expect(await settle(request('policy-beyond'))).toMatchObject({ state: 'ready' })
      })

    if (!startsServers) return
    test('a server that was killed serves again', async () => {
      await settle(request('policy-a'))
      await harness.crash?.()
      const report = await settle(request('policy-a'))
      expect(await served(urlOf(report))).toContain('policy-a')
    })
  })
}
