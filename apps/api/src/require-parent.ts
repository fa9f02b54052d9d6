import type { Iteration, Round } from '@ratchet/ports/round-store.ts'
import type { ApiWorld } from './api-world.ts'
import { notFound } from './http-problem.ts'

/** The iteration of which something is asked for. Throws a 404 where there is none, lest an empty list be taken for an answer. */
export async function requireIteration(world: ApiWorld, id: string): Promise<Iteration> {
  const iteration = await world.rounds.iteration(id)
  if (iteration === null)
    throw notFound(`iteration ${id}`, '`ratchet status` and GET /v1/iterations list those that there are')
  return iteration
}

/** The same for a round. */
export async function requireRound(world: ApiWorld, id: string): Promise<Round> {
  const round = await world.rounds.round(id)
  if (round === null) throw notFound(`round ${id}`, 'GET /v1/iterations/{id}/rounds lists those of an iteration')
  return round
}
