import { isOver } from '@ratchet/domain/round/iteration-state.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { Iteration } from '@ratchet/ports/round-store.ts'
import { releaseAll } from './served-policy.ts'
import type { StageContext } from './stage.ts'
import type { World } from './world.ts'

export type ReleaseOutcome =
  | { readonly kind: 'asked'; readonly iteration: Iteration; readonly deployments: number }
  | { readonly kind: 'not-found' }
  /** As when it still runs; `reason` says so. */
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * Asks the workers to take out of service what an iteration that is over still has there, as its winner, and gives how many deployments
 * that are. Asking twice is fine.
 */
export async function releaseIteration(world: World, iterationId: string): Promise<ReleaseOutcome> {
  const iteration = await world.rounds.iteration(iterationId)
  if (iteration === null) return { kind: 'not-found' }
  if (!isOver(iteration.state))
    return {
      kind: 'refused',
      reason: `the iteration is ${iteration.state} and needs what it serves: release it when it is over, or cancel it`,
    }
  const served = (await world.deployments.list(iterationId)).filter(
    ({ state }) => state !== 'released' && state !== 'failed',
  )
  for (const deployment of served) await world.deployments.record({ ...deployment, state: 'releasing' })
  const last = (await world.rounds.rounds(iterationId)).at(-1)
  if (served.length > 0 && last !== undefined) await world.queue.enqueue([{ kind: 'advance-round', roundId: last.id }])
  return { kind: 'asked', iteration, deployments: served.length }
}

/** Does what was asked for, of an iteration that is over. Throws a retryable PortError where something could not be released. */
export async function releaseAsked(context: StageContext): Promise<void> {
  const { world, iteration } = context
  if (!(await world.deployments.list(iteration.id)).some(({ state }) => state === 'releasing')) return
  const [left] = await releaseAll(context)
  if (left !== undefined) throw new PortError(left.told, { retryable: true })
}
