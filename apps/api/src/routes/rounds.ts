import { Curate } from '@ratchet/domain/recipe/recipe.ts'
import { StageName } from '@ratchet/domain/round/stage-name.ts'
import { recurate } from '@ratchet/stages/recurate.ts'
import { z } from 'zod'
import { described } from '../described-body.ts'
import { HttpProblem, invalidRecipe, notFound } from '../http-problem.ts'
import { requireIteration, requireRound } from '../require-parent.ts'
import { problems } from '../responses.ts'
import { roundView } from '../round-view.ts'
import type { RouteContext, Server } from '../route-context.ts'
import { DatasetView, datasetView } from '../schemas/dataset.ts'
import { RoundSummary, RoundView, roundSummary, ShardView, shardView } from '../schemas/round.ts'

const tags = ['rounds']
const whereListed = 'GET /v1/iterations/{id}/rounds lists those of an iteration'
const Id = z.object({ id: z.string() })
const Recurated = z.strictObject({ curationId: z.string(), versions: z.array(DatasetView) })

export function addRoundRoutes(app: Server, { world }: RouteContext): void {
  app.get(
    '/v1/iterations/:id/rounds',
    {
      schema: {
        summary: 'List the rounds of an iteration',
        operationId: 'listRounds',
        tags,
        params: Id,
        response: { 200: z.strictObject({ items: z.array(RoundSummary) }), ...problems },
      },
    },
    async ({ params }) => {
      const { id } = await requireIteration(world, params.id)
      return { items: (await world.rounds.rounds(id)).map(roundSummary) }
    },
  )

  app.get(
    '/v1/rounds/:id',
    {
      schema: {
        summary: 'Read a round: its state, the progress of its stages, what was sampled',
        operationId: 'readRound',
        tags,
        params: Id,
        response: { 200: RoundView, ...problems },
      },
    },
    async ({ params }) => await roundView(world, await requireRound(world, params.id)),
  )

  app.get(
    '/v1/rounds/:id/shards',
    {
      schema: {
        summary: 'List the shards of a round, or of one of its stages',
        operationId: 'listShards',
        tags,
        params: Id,
        querystring: z.object({ stage: StageName.optional() }),
        response: { 200: z.strictObject({ items: z.array(ShardView) }), ...problems },
      },
    },
    async ({ params, query }) => {
      const round = await requireRound(world, params.id)
      const stages = query.stage === undefined ? StageName.options : [query.stage]
      const planned = await Promise.all(stages.map((stage) => world.shards.shards(round.id, stage)))
      return { items: planned.flatMap((shards) => (shards ?? []).map(shardView)) }
    },
  )

  app.post(
    '/v1/rounds/:id/recurate',
    {
      schema: {
        summary: 'Make new dataset versions from what was already sampled',
        description:
          'The body is a recipe’s `curate` section. No model is called; the newest verdicts count, and the same rules on the same verdicts give the same versions. 409 while a re-verification changes them.',
        operationId: 'recurate',
        tags,
        params: Id,
        consumes: ['application/json', 'application/yaml'],
        body: described(Curate.meta({ id: 'Curate' })),
        response: { 200: Recurated, ...problems },
      },
    },
    async ({ params, body }) => {
      const outcome = await recurate(world, params.id, body)
      if (outcome.ok) return { curationId: outcome.curationId, versions: outcome.versions.map(datasetView) }
      if ('notFound' in outcome) throw notFound(`round ${params.id}`, whereListed)
      if ('refused' in outcome) throw new HttpProblem(409, 'refused', outcome.refused)
      throw invalidRecipe(outcome.problems, 'the curate section')
    },
  )
}
