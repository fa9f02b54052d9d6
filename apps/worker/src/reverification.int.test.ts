import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createDirectoryStore } from '@ratchet/adapters/object-store/directory.ts'
import { createEventLog } from '@ratchet/adapters/postgres/event-log.ts'
import { createReverificationStore } from '@ratchet/adapters/postgres/reverification-store.ts'
import {
  claimOnlyShard,
  createPostgresWorld,
  type PostgresWorld,
} from '@ratchet/adapters/postgres/testing/postgres-world.ts'
import { createTrajectoryIndex } from '@ratchet/adapters/postgres/trajectory-index.ts'
import { createTrajectoryStore } from '@ratchet/adapters/trajectory-store/trajectory-store.ts'
import { attempt, verdict } from '@ratchet/ports/testing/attempt.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const roundId = 'killed-r0'
const count = 3000

let world: PostgresWorld
let directory: string
beforeAll(async () => {
  world = await createPostgresWorld()
  directory = mkdtempSync(join(tmpdir(), 'ratchet-reverify-'))
})
afterAll(async () => {
  await world.close()
  rmSync(directory, { recursive: true })
})

/** A process that goes on with the re-verification `rv`, by a verifier that takes a moment, and tells of each page that is stored. */
function startProcess() {
  const adapters = new URL('../../../packages/adapters/src/', import.meta.url).href
  const script = `
    import { createSystemClock } from '${adapters}clock/system-clock.ts'
    import { createDirectoryStore } from '${adapters}object-store/directory.ts'
    import { connectDatabase } from '${adapters}postgres/connect.ts'
    import { createProblemStore } from '${adapters}postgres/problem-store.ts'
    import { createReverificationStore } from '${adapters}postgres/reverification-store.ts'
    import { createRoundStore } from '${adapters}postgres/round-store.ts'
    import { createTrajectoryIndex } from '${adapters}postgres/trajectory-index.ts'
    import { createTrajectoryStore } from '${adapters}trajectory-store/trajectory-store.ts'
    import { handleMessage } from '@ratchet/stages/handle-message.ts'
    const { pool, prisma, close } = connectDatabase({ url: ${JSON.stringify(world.url)} })
    const objects = createDirectoryStore({ directory: ${JSON.stringify(directory)} })
    const reverifications = createReverificationStore(pool)
    const storePage = async (...given) => {
      await reverifications.storePage(...given)
      console.log('page')
    }
    const verify = async () => {
      await new Promise((resolve) => setTimeout(resolve, 2))
      return { decision: 'correct', reason: 'looked again', extracted: '2', verifier: 'again@1' }
    }
    const world = {
      rounds: createRoundStore(prisma),
      problems: createProblemStore(pool),
      trajectories: createTrajectoryStore({ index: createTrajectoryIndex(pool), objects }),
      reverifications: { ...reverifications, storePage },
      verifierFor: () => ({ verify }),
      clock: createSystemClock(),
      logger: { debug() {}, info() {}, warn() {}, error: console.error },
    }
    const worker = { owner: 'w', shutdown: new AbortController().signal, leaseSeconds: 60, heartbeatSeconds: 5 }
    await handleMessage(world, { kind: 'reverify', roundId: '${roundId}', reverificationId: 'rv' }, worker)
    await close()`
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

test('a re-verification whose processes are killed comes to its end with one new verdict each, counted once', async () => {
  const claim = await claimOnlyShard(world, 'killed')
  const objects = createDirectoryStore({ directory })
  const trajectories = createTrajectoryStore({ index: createTrajectoryIndex(world.pool), objects })
  const stored = Array.from({ length: count }, (_, index) =>
    attempt(roundId, world.problemSetId, { index, verdict: verdict('incorrect') }),
  )
  await trajectories.append(claim, stored)
  const reverifications = createReverificationStore(world.pool)
  await reverifications.create({ id: 'rv', roundId, filter: {}, idempotencyKey: null, total: count })
  const signals: unknown[] = []
  // Killed after so many pages, and a little later each time.
  for (const [pages, laterMs] of [
    [1, 0],
    [2, 40],
    [1, 80],
    [3, 10],
  ] as const) {
    const child = startProcess()
    const ended = once(child, 'close')
    let told = ''
    for await (const data of child.stdout) {
      told += data
      if (told.split('\n').length > pages) break
    }
    await new Promise((resolve) => setTimeout(resolve, laterMs))
    child.kill('SIGKILL')
    signals.push((await ended)[1])
    await world.pool.query(`UPDATE reverifications SET lease_until = now() WHERE status = 'claimed'`)
  }
  expect(signals).toContain('SIGKILL')
  await once(startProcess(), 'close')
  const changes = [{ from: 'incorrect', to: 'correct', trajectories: count }]
  expect(await reverifications.find('rv')).toMatchObject({ status: 'done', checked: count, appended: count, changes })
  const { rows } = await world.pool.query(
    `SELECT verifiers, count(*)::int FROM
       (SELECT string_agg(verifier, ' ' ORDER BY id) AS verifiers FROM verdicts GROUP BY trajectory_id) v GROUP BY verifiers`,
  )
  expect(rows).toEqual([{ verifiers: 'exact@1 again@1', count }])
  const events = await createEventLog(world.prisma).read('killed', 0, 100)
  expect(events.map(({ kind }) => kind)).toEqual(['round.reverified'])
})
