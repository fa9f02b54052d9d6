import { Purpose } from '@ratchet/domain/trajectory.ts'
import { Decision } from '@ratchet/domain/verdict.ts'
import { z } from 'zod'
import type { ApiWorld } from '../api-world.ts'
import { HttpProblem, notFound } from '../http-problem.ts'
import { requireIteration, requireRound } from '../require-parent.ts'
import { problems } from '../responses.ts'
import type { RouteContext, Server } from '../route-context.ts'
import { cutPage, offsetPage, offsetQuery } from '../schemas/page.ts'
import { TrajectorySummary, TrajectoryView, trajectorySummary } from '../schemas/trajectory.ts'

const tags = ['trajectories']

const Query = z.object({
  roundId: z.string().optional(),
  iterationId: z.string().optional(),
  purpose: Purpose.optional(),
  problemSetId: z.string().optional(),
  problemId: z.string().optional(),
  decision: Decision.optional(),
  ...offsetQuery({ usual: 50, most: 1000 }),
})

export function addTrajectoryRoutes(app: Server, { world }: RouteContext): void {
  app.get(
    '/v1/trajectories',
    {
      schema: {
        summary: 'List the attempts of a round or an iteration, by problem and index',
        operationId: 'listTrajectories',
        tags,
        querystring: Query,
        response: { 200: offsetPage(TrajectorySummary), ...problems },
      },
    },
    async ({ query }) => {
      const { purpose, problemSetId, problemId, decision, limit, offset } = query
      const read = await world.trajectories.list({
        roundIds: await roundIdsOf(world, query),
        ...(purpose === undefined ? {} : { purpose }),
        ...(problemSetId === undefined ? {} : { problemSetId }),
        ...(problemId === undefined ? {} : { problemIds: [problemId] }),
        ...(decision === undefined ? {} : { decision }),
        limit: limit + 1,
        offset,
      })
      const { items, nextOffset } = cutPage(read, query)
      return { items: items.map(trajectorySummary), nextOffset }
    },
  )

  app.get(
    '/v1/trajectories/:id',
    {
      schema: {
        summary: 'Read one attempt: its text, verdicts, perplexities, and why it was kept or dropped',
        operationId: 'readTrajectory',
        tags,
        params: z.object({ id: z.string() }),
        response: { 200: TrajectoryView, ...problems },
      },
    },
    async ({ params }) => {
      const found = await world.trajectories.find(params.id)
      if (found === null) throw notFound(`trajectory ${params.id}`, 'GET /v1/trajectories lists those of a round')
      const [texts, verdicts, decisions, problem] = await Promise.all([
        world.trajectories.texts([found]),
        world.trajectories.verdicts(found.id),
        world.trajectories.decisions(found.id),
        world.problems.byId(found.problemSetId, [found.problemId]),
      ])
      return {
        ...trajectorySummary(found),
        text: texts[0] ?? '',
        problem: problem[0] ?? null,
        verdicts: verdicts.map(({ at, ...verdict }) => ({ ...verdict, at: at.toISOString() })),
        decisions: decisions.map(({ roundId, curationId, kept, rule, value }) => ({
          roundId,
          curationId,
          kept,
          rule,
          value,
        })),
      }
    },
  )
}

async function roundIdsOf(world: ApiWorld, query: z.infer<typeof Query>): Promise<string[]> {
  if (query.roundId !== undefined) return [(await requireRound(world, query.roundId)).id]
  if (query.iterationId !== undefined) {
    const { id } = await requireIteration(world, query.iterationId)
    return (await world.rounds.rounds(id)).map((round) => round.id)
  }
  throw new HttpProblem(400, 'invalid-request', 'say of which round or iteration', {
    errors: [{ path: 'query.roundId', message: 'is missing', remedy: 'give roundId or iterationId' }],
  })
}
