import { renderMetrics } from '../render-metrics.ts'
import { problems, streamOf } from '../responses.ts'
import type { RouteContext, Server } from '../route-context.ts'

const contentType = 'text/plain; version=0.0.4; charset=utf-8'

export function addMetricsRoute(app: Server, { world }: RouteContext): void {
  app.get(
    '/metrics',
    {
      schema: {
        summary: 'Metrics for Prometheus, counted in the database',
        operationId: 'readMetrics',
        tags: ['operation'],
        response: { 200: streamOf('text/plain', 'The Prometheus text format.'), ...problems },
      },
    },
    async (_request, reply) => reply.header('content-type', contentType).send(renderMetrics(await world.counts.read())),
  )
}
