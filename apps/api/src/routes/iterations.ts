import { checkRecipe } from '@ratchet/domain/recipe/check-recipe.ts'
import { RetryChanges } from '@ratchet/domain/recipe/check-retry.ts'
import { IterationState } from '@ratchet/domain/round/iteration-state.ts'
import type { Iteration } from '@ratchet/ports/round-store.ts'
import { type ReleaseOutcome, releaseIteration } from '@ratchet/stages/release-iteration.ts'
import { type RetryOutcome, retryIteration } from '@ratchet/stages/retry-iteration.ts'
import { startIteration } from '@ratchet/stages/start-iteration.ts'
import { type SteerOutcome, steerIteration } from '@ratchet/stages/steer-iteration.ts'
import { z } from 'zod'
import type { ApiWorld } from '../api-world.ts'
import { described } from '../described-body.ts'
import { HttpProblem, invalidRecipe, notFound } from '../http-problem.ts'
import { idempotencyHeaders, sameRecipe } from '../idempotency.ts'
import { requireIteration } from '../require-parent.ts'
import { problems } from '../responses.ts'
import type { RouteContext, Server } from '../route-context.ts'
import {
  IterationPage,
  IterationView as IterationSchema,
  type IterationView,
  iterationSummary,
} from '../schemas/iteration.ts'
import { roundSummary } from '../schemas/round.ts'
import { recipeBody } from './recipe-body.ts'

const tags = ['iterations']
const whereListed = '`ratchet status` and GET /v1/iterations list those that there are'
const Id = z.object({ id: z.string() })
const Headers = idempotencyHeaders('starts a second iteration')
const Query = z.object({
  state: IterationState.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().optional().describe('The `nextCursor` of the page before.'),
})

export function addIterationRoutes(app: Server, { world }: RouteContext): void {
  app.post(
    '/v1/iterations',
    {
      schema: {
        summary: 'Start an iteration',
        description: 'Checks the recipe and starts it: 201, or 200 when the idempotency key has started it before.',
        operationId: 'startIteration',
        tags,
        ...recipeBody,
        headers: Headers,
        response: { 200: IterationSchema, 201: IterationSchema, ...problems },
      },
    },
    async (request, reply) => {
      const key = request.headers['idempotency-key'] ?? null
      const outcome = await startIteration(world, request.body, { idempotencyKey: key })
      if (!outcome.ok) throw invalidRecipe(outcome.problems)
      const { iteration, created } = outcome
      if (!created) refuseAnotherRecipe(iteration, request.body)
      return reply
        .code(created ? 201 : 200)
        .header('location', `/v1/iterations/${encodeURIComponent(iteration.id)}`)
        .send(await iterationView(world, iteration))
    },
  )

  app.get(
    '/v1/iterations',
    {
      schema: {
        summary: 'List iterations, newest first',
        operationId: 'listIterations',
        tags,
        querystring: Query,
        response: { 200: IterationPage, ...problems },
      },
    },
    async ({ query }) => {
      const { state, limit, cursor } = query
      const read = await world.rounds.iterations({
        limit: limit + 1,
        ...(state === undefined ? {} : { state }),
        ...(cursor === undefined ? {} : { before: cursor }),
      })
      const items = read.slice(0, limit).map(iterationSummary)
      return { items, nextCursor: read.length > limit ? (items.at(-1)?.id ?? null) : null }
    },
  )

  app.get(
    '/v1/iterations/:id',
    {
      schema: {
        summary: 'Read an iteration with its recipe and rounds',
        operationId: 'readIteration',
        tags,
        params: Id,
        response: { 200: IterationSchema, ...problems },
      },
    },
    async ({ params }) => await iterationView(world, await requireIteration(world, params.id)),
  )

  /** The iteration after somebody has asked something of it, or why it was not done. */
  const viewAfter = async (id: string, outcome: SteerOutcome | ReleaseOutcome | RetryOutcome) => {
    if (outcome.kind === 'not-found') throw notFound(`iteration ${id}`, whereListed)
    if (outcome.kind === 'refused') throw new HttpProblem(409, 'refused', outcome.reason)
    if (outcome.kind === 'invalid') throw invalidRecipe(outcome.problems, 'the change')
    return await iterationView(world, outcome.iteration)
  }

  const steerings = [
    {
      steering: 'pause',
      summary: 'Pause: no new rollout begins and training rests, with a checkpoint, until it is resumed',
    },
    { steering: 'resume', summary: 'Resume a paused iteration; training goes on from its checkpoint' },
    { steering: 'cancel', summary: 'Cancel, stopping what runs outside too' },
  ] as const
  for (const { steering, summary } of steerings)
    app.post(
      `/v1/iterations/:id/${steering}`,
      {
        schema: {
          summary,
          description: 'Doing it twice is fine. 409 when the iteration is in a state that does not allow it.',
          operationId: `${steering}Iteration`,
          tags,
          params: Id,
          response: { 200: IterationSchema, ...problems },
        },
      },
      async ({ params }) => {
        return await viewAfter(params.id, await steerIteration(world, params.id, steering))
      },
    )

  app.post(
    '/v1/iterations/:id/release',
    {
      schema: {
        summary: 'Take out of service what an iteration that is over still has there',
        description:
          'A worker does it; `/v1/deployments` shows `releasing`, then `released`. Doing it twice is fine. 409 while the iteration is not over.',
        operationId: 'releaseIteration',
        tags,
        params: Id,
        response: { 200: IterationSchema, ...problems },
      },
    },
    async ({ params }) => {
      return await viewAfter(params.id, await releaseIteration(world, params.id))
    },
  )

  app.post(
    '/v1/iterations/:id/retry',
    {
      schema: {
        summary: 'Go on with a failed iteration from the stage in which its round failed',
        description:
          'Keeps everything that was done. The body may replace `cluster`, `serving` and `patience` of the failed round and those behind it, each whole; without a body they stay. 409 when the iteration has not failed.',
        operationId: 'retryIteration',
        tags,
        params: Id,
        consumes: recipeBody.consumes,
        body: described(RetryChanges.meta({ id: 'RetryChanges' })),
        response: { 200: IterationSchema, ...problems },
      },
    },
    async ({ params, body }) => {
      return await viewAfter(params.id, await retryIteration(world, params.id, body ?? {}))
    },
  )
}

/** A key that comes back with another recipe is a mistake of the caller, not a repetition. */
function refuseAnotherRecipe(iteration: Iteration, body: unknown): void {
  const checked = checkRecipe(body)
  if (!checked.ok || sameRecipe(checked.recipe, iteration.recipe)) return
  throw new HttpProblem(
    422,
    'idempotency-key-reused',
    `this idempotency key has started iteration ${iteration.id} from another recipe: use a new key for a new iteration`,
  )
}

async function iterationView(world: ApiWorld, iteration: Iteration): Promise<IterationView> {
  const rounds = await world.rounds.rounds(iteration.id)
  return { ...iterationSummary(iteration), recipe: iteration.recipe, rounds: rounds.map(roundSummary) }
}
