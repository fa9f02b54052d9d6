import { isOver } from '@ratchet/domain/round/iteration-state.ts'
import { z } from 'zod'
import { streamEvents } from '../event-stream.ts'
import { notFound } from '../http-problem.ts'
import { problems } from '../responses.ts'
import type { RouteContext, Server } from '../route-context.ts'
import { EventPage, eventView } from '../schemas/event.ts'

const pageSize = 500

const Query = z.object({
  follow: z.stringbool().default(true).describe('false: one page of JSON instead of a stream'),
  after: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('Only events after this number; Last-Event-ID goes before it.'),
  limit: z.coerce.number().int().min(1).max(5000).default(pageSize),
})
const Headers = z.looseObject({
  'last-event-id': z
    .string()
    .regex(/^\d{1,15}$/, 'the number of the last event seen')
    .optional(),
})

export function addEventRoutes(app: Server, { world, settings, closing }: RouteContext): void {
  app.get(
    '/v1/iterations/:id/events',
    {
      schema: {
        summary: 'Follow what happens in an iteration',
        description:
          'Server-sent events: `id` is the number of the event, `event` its kind, `data` the event as JSON. Reconnect with Last-Event-ID to miss nothing. When the iteration is over and everything was sent, `event: end` is sent and the stream ends; a reconnect after that is answered 204.',
        operationId: 'followEvents',
        tags: ['iterations'],
        params: z.object({ id: z.string() }),
        querystring: Query,
        headers: Headers,
        response: {
          200: {
            description: 'A stream of events, or a page of them with `follow=false`.',
            content: { 'text/event-stream': { schema: z.string() }, 'application/json': { schema: EventPage } },
          },
          204: z.undefined().describe('The iteration is over and nothing came after Last-Event-ID.'),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const { params, query, headers } = request
      const lastSeen = headers['last-event-id']
      const after = lastSeen === undefined ? query.after : Number(lastSeen)
      // The state is read before the events: what ends an iteration is written together with its last event.
      const iteration = await world.rounds.iteration(params.id)
      if (iteration === null) throw notFound(`iteration ${params.id}`)
      if (!query.follow) {
        const events = await world.events.read(params.id, after, query.limit)
        const over = isOver(iteration.state) && events.length < query.limit
        reply.header('content-type', 'application/json; charset=utf-8')
        return { items: events.map(eventView), lastSeq: events.at(-1)?.seq ?? after, over }
      }
      if (
        lastSeen !== undefined &&
        isOver(iteration.state) &&
        (await world.events.read(params.id, after, 1)).length === 0
      )
        return reply.code(204).send(undefined)
      reply.hijack()
      await streamEvents(world, reply.raw, { iterationId: params.id, after, settings, closing, pageSize })
    },
  )
}
