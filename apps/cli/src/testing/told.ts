import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '@jest/globals'
import type { IterationView } from '@ratchet/api/schemas/iteration.ts'
import { isOver } from '@ratchet/domain/round/iteration-state.ts'
import type { ApiClient } from '../api-client.ts'
import { ApiRefused } from '../api-error.ts'

/** What the API says of an iteration's first round, which does not get on or ends badly. */
export type Told = {
  readonly iterationId: string
  readonly roundId: string
  readonly iteration: IterationView['state']
  readonly round: string
  /** Of the round, or of the stage that it is in. */
  readonly reason: string
  /** Null where no attempt was opened. */
  readonly training: string | null
  readonly attempts: number
  /** Since the start. */
  readonly seconds: number
}

/** How a round is looked at: for `furtherSeconds` after its reason was told, and with `meanwhile` done first. */
export type Looking = {
  readonly furtherSeconds: number
  readonly meanwhile?: (roundId: string) => Promise<void>
}

/** Starts a round and looks at its status until it gives the reason, or fails, and cancels it then. */
export async function startAndLook(
  client: ApiClient,
  recipe: unknown,
  says: RegExp,
  { furtherSeconds, meanwhile }: Looking,
): Promise<Told> {
  const { id } = await client.startIteration(recipe)
  const roundId = (await client.iteration(id)).rounds[0]?.id ?? ''
  const begun = performance.now()
  try {
    await meanwhile?.(roundId)
    for (let last = await look(client, id, roundId, begun); ; last = await look(client, id, roundId, begun)) {
      if (says.test(last.reason)) {
        await sleep(furtherSeconds * 1000)
        const then = await look(client, id, roundId, begun)
        return { ...then, seconds: last.seconds }
      }
      if (last.seconds > 90 || isOver(last.iteration)) return last
      await sleep(200)
    }
  } finally {
    if (!isOver((await client.iteration(id)).state)) await client.steer(id, 'cancel')
  }
}

async function look(client: ApiClient, iterationId: string, roundId: string, begun: number): Promise<Told> {
  const iteration = await client.iteration(iterationId)
  const round = await client.round(roundId)
  const training = await client.training(roundId).catch((error: unknown) => {
    if (error instanceof ApiRefused) return null
    throw error
  })
  const stage = round.stages.find((each) => each.stage === round.state)
  return {
    iterationId,
    roundId,
    iteration: iteration.state,
    round: round.state,
    reason: round.reason ?? stage?.reason ?? '',
    training: training?.state ?? null,
    attempts: training?.attempts.length ?? 0,
    seconds: (performance.now() - begun) / 1000,
  }
}

/** A sentence within a minute, with nothing of the program that says it and none of the secrets. */
export function expectPlain({ reason, seconds }: Told, secrets: readonly string[] = []): void {
  expect(reason).not.toMatch(/\n|Traceback|^\s+at /)
  for (const secret of secrets) expect(reason).not.toContain(secret)
  expect(seconds).toBeLessThan(60)
}
