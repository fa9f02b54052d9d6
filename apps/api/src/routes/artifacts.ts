import { z } from 'zod'
import { requireIteration } from '../require-parent.ts'
import { problems } from '../responses.ts'
import type { RouteContext, Server } from '../route-context.ts'
import { DeploymentView, ReportView } from '../schemas/artifact.ts'

const tags = ['models']
const Query = z.object({ iterationId: z.string() })

function itemsOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item) })
}

/** Evaluation reports and deployments. */
export function addArtifactRoutes(app: Server, { world }: RouteContext): void {
  app.get(
    '/v1/reports',
    {
      schema: {
        summary: 'List the evaluation reports of an iteration',
        operationId: 'listReports',
        tags,
        querystring: Query.extend({ scores: z.stringbool().default(false).describe('true: also problem by problem') }),
        response: { 200: itemsOf(ReportView), ...problems },
      },
    },
    async ({ query }) => {
      const reports = await world.reports.list((await requireIteration(world, query.iterationId)).id)
      return { items: reports.map(({ scores, ...report }) => (query.scores ? { ...report, scores } : report)) }
    },
  )

  app.get(
    '/v1/deployments',
    {
      schema: {
        summary: 'List the checkpoints in service for an iteration',
        operationId: 'listDeployments',
        tags,
        querystring: Query,
        response: { 200: itemsOf(DeploymentView), ...problems },
      },
    },
    async ({ query }) => {
      const deployments = await world.deployments.list((await requireIteration(world, query.iterationId)).id)
      return { items: deployments.map((each) => ({ ...each, endpoints: [...each.endpoints] })) }
    },
  )
}
