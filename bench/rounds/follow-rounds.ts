import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient } from '@ratchet/cli/api-client.ts'
import { isOver } from '@ratchet/domain/round/iteration-state.ts'

/** Seconds in one round. */
export type Waits = {
  /** From the end of curation until the trainer's first sign of life. */
  readonly begin: number
  /** From the trainer's last word until its stage is done. */
  readonly noticed: number
  /** From the trainer's last word until the candidate is served and proven. */
  readonly served: number
}

type Seen = { curatedAt: number; trainedAt: number; deployedAt: number }

const lookEveryMs = 50

/** Looks at an iteration until it is over; throws when it fails. Every moment is known to within one look. */
export async function followRounds(
  client: ApiClient,
  iterationId: string,
  runs: string,
  onRound: (done: number) => void,
): Promise<Waits[]> {
  const seen = new Map<string, Partial<Seen>>()
  for (;;) {
    const iteration = await client.iteration(iterationId)
    const over = isOver(iteration.state)
    if (over && iteration.state !== 'succeeded')
      throw new Error(`the iteration ${iteration.state}: ${iteration.reason}`)
    for (const { id, startedAt } of iteration.rounds) {
      const known = seen.get(id) ?? {}
      if (startedAt === null || known.deployedAt !== undefined) continue
      const { stages } = await client.round(id)
      const now = Date.now()
      const done = (stage: string) => stages.some((each) => each.stage === stage && each.state === 'done')
      if (done('curate')) known.curatedAt ??= now
      if (done('train')) known.trainedAt ??= now
      if (done('deploy')) known.deployedAt ??= now
      seen.set(id, known)
    }
    onRound([...seen.values()].filter((each) => each.deployedAt !== undefined).length)
    if (over) return iteration.rounds.map(({ id }) => waitsOf(id, seen.get(id) ?? {}, runs))
    await sleep(lookEveryMs)
  }
}

function waitsOf(roundId: string, seen: Partial<Seen>, runs: string): Waits {
  const { curatedAt = Number.NaN, trainedAt = Number.NaN, deployedAt = Number.NaN } = seen
  const attempt = join(runs, roundId, lastAttempt(join(runs, roundId)))
  const [first = ''] = readFileSync(join(attempt, 'events.jsonl'), 'utf8').split('\n')
  const beganAt = Date.parse(JSON.parse(first).at)
  const endedAt = statSync(join(attempt, 'result.json')).mtimeMs
  const seconds = (from: number, to: number) => (to - from) / 1000
  return {
    begin: seconds(curatedAt, beganAt),
    noticed: seconds(endedAt, trainedAt),
    served: seconds(endedAt, deployedAt),
  }
}

function lastAttempt(run: string): string {
  const attempts = existsSync(run) ? readdirSync(run).filter((each) => each.startsWith('attempt-')) : []
  const last = attempts.sort((a, b) => Number(a.slice(8)) - Number(b.slice(8))).at(-1)
  if (last === undefined) throw new Error(`there is no attempt in ${run}`)
  return last
}
