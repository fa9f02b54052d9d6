import { z } from 'zod'
import { HttpProblem, notFound } from '../http-problem.ts'
import { requireRound } from '../require-parent.ts'
import { problems } from '../responses.ts'
import type { RouteContext, Server } from '../route-context.ts'
import {
  phasesOf,
  positionOf,
  StepCursor,
  stepView,
  TrainingPhaseName,
  TrainingStepPage,
  TrainingView,
  trainingView,
} from '../schemas/training.ts'
import { untrained } from '../untrained.ts'

const tags = ['rounds']
const Id = z.object({ id: z.string() })
const Query = z.object({
  phase: TrainingPhaseName.optional(),
  after: StepCursor.optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(1000),
})

export function addTrainingRoutes(app: Server, { world }: RouteContext): void {
  app.get(
    '/v1/rounds/:id/training',
    {
      schema: {
        summary: 'Read a round’s training job: where it is, how fast, its attempts, what it has used',
        description: '404 until the cluster has taken the job; `detail` says why, also of a round that failed before.',
        operationId: 'readTraining',
        tags,
        params: Id,
        response: { 200: TrainingView, ...problems },
      },
    },
    async ({ params }) => {
      const round = await requireRound(world, params.id)
      const { id, recipe } = round
      const run = await world.training.find(id)
      if (run === null) throw notFound(`training of round ${id}`, untrained(round))
      return trainingView(recipe, run, await world.training.attempts(id))
    },
  )

  app.get(
    '/v1/rounds/:id/training/steps',
    {
      schema: {
        summary: 'List the steps of a round’s training, each once: loss, learning rate, norm of the gradient, tokens',
        operationId: 'listTrainingSteps',
        tags,
        params: Id,
        querystring: Query,
        response: { 200: TrainingStepPage, ...problems },
      },
    },
    async ({ params, query: { phase, after, limit } }) => {
      const { id, recipe } = await requireRound(world, params.id)
      const phases = phasesOf(recipe)
      const position = after === undefined ? undefined : positionOf(phases, after)
      if (position === null || (phase !== undefined && !phases.includes(phase)))
        throw noSuchPhase(position === null ? 'query.after' : 'query.phase', phases)
      const steps = await world.training.steps({
        roundId: id,
        ...(phase === undefined ? {} : { phaseIndex: phases.indexOf(phase) }),
        ...(position === undefined ? {} : { after: position }),
        limit,
      })
      const items = steps.map((step) => stepView(phases, step))
      const last = items.at(-1)
      return { items, next: last === undefined ? (after ?? null) : `${last.phase}:${last.step}` }
    },
  )
}

function noSuchPhase(path: string, phases: readonly string[]): HttpProblem {
  const remedy = `this round has ${phases.join(' and ')}`
  return new HttpProblem(400, 'invalid-request', 'the round has no such phase', {
    errors: [{ path, message: 'names a phase that the round does not have', remedy }],
  })
}
