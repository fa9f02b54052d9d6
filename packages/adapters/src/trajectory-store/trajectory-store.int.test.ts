import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ObjectStore } from '@ratchet/ports/object-store.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { ShardClaim, ShardStore } from '@ratchet/ports/round-store.ts'
import { attempt } from '@ratchet/ports/testing/attempt.ts'
import { claimShard, describeTrajectoryStore } from '@ratchet/ports/testing/trajectory-store-contract.ts'
import { createDirectoryStore } from '../object-store/directory.ts'
import { createRoundStore } from '../postgres/round-store.ts'
import { createShardStore } from '../postgres/shard-store.ts'
import { createPostgresWorld, type PostgresWorld } from '../postgres/testing/postgres-world.ts'
import { createTrajectoryIndex } from '../postgres/trajectory-index.ts'
import { createTrajectoryStore } from './trajectory-store.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

async function makeWorld() {
  const world = await createPostgresWorld()
  const directory = mkdtempSync(join(tmpdir(), 'ratchet-trajectories-'))
  const objects = createDirectoryStore({ directory })
  const index = createTrajectoryIndex(world.pool)
  return {
    world,
    directory,
    objects,
    index,
    rounds: createRoundStore(world.prisma),
    shards: createShardStore(world.pool),
    trajectories: createTrajectoryStore({ index, objects }),
    problemSetId: world.problemSetId,
    async close() {
      await world.close()
      rmSync(directory, { recursive: true })
    },
  }
}

describeTrajectoryStore('PostgreSQL and a directory', makeWorld)

describe('trajectories in segments', () => {
  let made: Awaited<ReturnType<typeof makeWorld>>
  let world: PostgresWorld
  let objects: ObjectStore
  let shards: ShardStore
  beforeAll(async () => {
    made = await makeWorld()
    world = made.world
    objects = made.objects
    shards = made.shards
  })
  afterAll(() => made.close())

  const attemptsOf = (id: string, indexes: readonly number[]) =>
    indexes.map((index) => attempt(`${id}-r0`, world.problemSetId, { index }))
  const segmentsOf = async (id: string) => {
    const keys: string[] = []
    for await (const key of objects.list(`trajectories/${id}-r0/`)) keys.push(key)
    return keys
  }
  const rowsOf = (id: string) => made.trajectories.list({ roundIds: [`${id}-r0`] })
  /** A store with nothing remembered, and how often it read each object. */
  const countingStore = () => {
    const reads = new Map<string, number>()
    const counting: ObjectStore = {
      ...objects,
      async get(key, range) {
        reads.set(key, (reads.get(key) ?? 0) + 1)
        return await objects.get(key, range)
      },
    }
    return { reads, store: createTrajectoryStore({ index: made.index, objects: counting }) }
  }

  test('reads each segment once, and not again soon', async () => {
    const claim = await claimShard(made, 'once')
    for (let batch = 0; batch < 20; batch++)
      await made.trajectories.append(claim, attemptsOf('once', [batch, 20 + batch, 40 + batch]))
    const rows = await rowsOf('once')
    const { reads, store } = countingStore()
    const texts = await store.texts(rows)
    expect(texts).toEqual(rows.map(({ index }) => attempt('once-r0', world.problemSetId, { index }).text))
    expect([...reads.keys()].sort()).toEqual(await segmentsOf('once'))
    expect(new Set(reads.values())).toEqual(new Set([1]))
    await store.texts(rows.slice(3, 5))
    expect(new Set(reads.values())).toEqual(new Set([1]))
  })

  test('keeps the texts of an append in one object that any gzip can unpack, under a key made from them', async () => {
    const claim = await claimShard(made, 'plain')
    const attempts = attemptsOf('plain', [0, 1, 2])
    await made.trajectories.append(claim, attempts)
    await made.trajectories.append(claim, attempts)
    const [key, ...others] = await segmentsOf('plain')
    expect(others).toEqual([])
    expect(key).toMatch(/^trajectories\/plain-r0\/[0-9a-f]{40}\.txt\.gz$/)
    const content = gunzipSync(await objects.get(key ?? '')).toString()
    expect(content).toBe(attempts.map(({ text }) => text).join(''))
  })

  test('leaves at most a segment without rows when the claim is lost, which the next append uses', async () => {
    const claim = await claimShard(made, 'orphan')
    const attempts = attemptsOf('orphan', [0])
    await shards.settle(claim, { kind: 'released' })
    await expect(made.trajectories.append(claim, attempts)).rejects.toThrow('no longer the newest')
    const orphans = await segmentsOf('orphan')
    const newer = await shards.claim('orphan-r0', 'explore', 0, 'other', 600)
    await made.trajectories.append(newer!.claim, attempts)
    expect(await segmentsOf('orphan')).toEqual(orphans)
    expect(await made.trajectories.texts(await rowsOf('orphan'))).toEqual(attempts.map(({ text }) => text))
  })

  test('stores no row when the segment cannot be put', async () => {
    const claim = await claimShard(made, 'refused')
    const refusing: ObjectStore = {
      ...objects,
      put: () => Promise.reject(new PortError('the store is full', { retryable: true })),
    }
    const store = createTrajectoryStore({ index: made.index, objects: refusing })
    await expect(store.append(claim, attemptsOf('refused', [0]))).rejects.toThrow('the store is full')
    expect(await rowsOf('refused')).toEqual([])
  })

  test.each([
    ['is another', (bytes: Uint8Array) => gzipSync(gunzipSync(bytes).fill('x')), /is not the one that was stored/],
    ['is shorter', (bytes: Uint8Array) => gzipSync(gunzipSync(bytes).subarray(1)), /is not the one that was stored/],
    ['is cut', (bytes: Uint8Array) => bytes.subarray(0, -9), /is damaged/],
    ['is no segment', () => new Uint8Array(9), /is damaged/],
    ['is gone', () => null, /are gone: there is no object/],
  ])('says so when a segment %s', async (name, damage, message) => {
    const id = name.replaceAll(' ', '-')
    const claim = await claimShard(made, id)
    await made.trajectories.append(claim, attemptsOf(id, [0, 1]))
    const [key = ''] = await segmentsOf(id)
    const bytes = damage(await objects.get(key))
    await (bytes === null ? objects.delete(key) : objects.put(key, bytes))
    const reading = countingStore().store.texts(await rowsOf(id))
    await expect(reading).rejects.toThrow(message)
    await expect(reading).rejects.toMatchObject({ retryable: false })
    await expect(reading).rejects.toBeInstanceOf(PortError)
  })

  /** A process that appends pairs of attempts under a claim for as long as it lives, and says each pair that is stored. */
  const startAppender = (claim: ShardClaim, first: number) => {
    const of = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
    const script = `
      import { attempt } from '@ratchet/ports/testing/attempt.ts'
      import { connectDatabase } from ${of('../postgres/connect.ts')}
      import { createTrajectoryIndex } from ${of('../postgres/trajectory-index.ts')}
      import { createDirectoryStore } from ${of('../object-store/directory.ts')}
      import { createTrajectoryStore } from ${of('./trajectory-store.ts')}
      const objects = createDirectoryStore({ directory: ${JSON.stringify(made.directory)} })
      const index = createTrajectoryIndex(connectDatabase({ url: ${JSON.stringify(world.url)} }).pool)
      const store = createTrajectoryStore({ index, objects })
      for (let at = ${first}; ; at += 2) {
        const of = (index) => ({ index, text: (index + ' ').repeat(20_000) })
        const pair = [at, at + 1].map((each) => attempt('killed-r0', ${JSON.stringify(world.problemSetId)}, of(each)))
        await store.append(${JSON.stringify(claim)}, pair)
        console.log(at)
      }`
    return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }

  test('can read the text of every row after its writers were killed, and has what they said was stored', async () => {
    const claim = await claimShard(made, 'killed')
    const said: number[] = []
    for (const pairs of [3, 7, 12]) {
      const child = startAppender(claim, 10_000 * pairs)
      const ended = once(child, 'close')
      let lines = ''
      try {
        for await (const data of child.stdout) {
          lines += data
          if (lines.split('\n').length > pairs) break
        }
      } finally {
        child.kill('SIGKILL')
        await ended
      }
      said.push(...lines.split('\n').slice(0, -1).map(Number))
    }
    const rows = await rowsOf('killed')
    expect(said.length).toBeGreaterThanOrEqual(22)
    // Both attempts of a pair, and of each killed writer perhaps one pair more than it could tell of.
    const indexes = new Set(rows.map(({ index }) => index))
    for (const index of said) expect([indexes.has(index), indexes.has(index + 1)]).toEqual([true, true])
    expect(rows.length % 2).toBe(0)
    expect(rows.length / 2 - said.length).toBeLessThanOrEqual(3)
    expect(await countingStore().store.texts(rows)).toHaveLength(rows.length)
  })
})
