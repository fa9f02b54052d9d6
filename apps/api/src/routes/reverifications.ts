import type { Reverification } from '@ratchet/ports/reverification-store.ts'
import { reverify } from '@ratchet/stages/reverify.ts'
import { z } from 'zod'
import { described } from '../described-body.ts'
import { HttpProblem, notFound } from '../http-problem.ts'
import { idempotencyHeaders, sameJson } from '../idempotency.ts'
import { problems } from '../responses.ts'
import type { RouteContext, Server } from '../route-context.ts'
import {
  ReverificationFilterView,
  ReverificationView as ReverificationSchema,
  reverificationView,
} from '../schemas/reverification.ts'

const tags = ['rounds']
const whereListed = 'GET /v1/iterations/{id}/rounds lists those of an iteration'
const Id = z.object({ id: z.string() })
const Headers = idempotencyHeaders('begins a second re-verification')

export function addReverificationRoutes(app: Server, { world }: RouteContext): void {
  app.post(
    '/v1/rounds/:id/reverify',
    {
      schema: {
        summary: 'Verify stored attempts of a round again',
        description:
          'The body says which; an empty object means all. Workers do it: 202 with the address to look at, or 200 when the idempotency key has begun it before. New verdicts are stored beside the old ones and the newest counts. 409 while the round goes by its verdicts.',
        operationId: 'reverify',
        tags,
        params: Id,
        headers: Headers,
        consumes: ['application/json', 'application/yaml'],
        body: described(ReverificationFilterView),
        response: { 200: ReverificationSchema, 202: ReverificationSchema, ...problems },
      },
    },
    async ({ params, body, headers }, reply) => {
      const filter = body ?? {}
      const outcome = await reverify(world, params.id, filter, { idempotencyKey: headers['idempotency-key'] ?? null })
      if (!outcome.ok) {
        if ('notFound' in outcome) throw notFound(`round ${params.id}`, whereListed)
        if ('refused' in outcome) throw new HttpProblem(409, 'refused', outcome.refused)
        throw new HttpProblem(422, 'invalid-request', 'the body of the request is not valid', {
          errors: outcome.problems,
        })
      }
      const { reverification, created } = outcome
      if (!created) refuseAnother(reverification, params.id, filter)
      const { id, roundId } = reverification
      return reply
        .code(created ? 202 : 200)
        .header('location', `/v1/rounds/${encodeURIComponent(roundId)}/reverifications/${encodeURIComponent(id)}`)
        .send(reverificationView(reverification))
    },
  )

  app.get(
    '/v1/rounds/:id/reverifications',
    {
      schema: {
        summary: 'List the re-verifications of a round, newest first',
        operationId: 'listReverifications',
        tags,
        params: Id,
        response: { 200: z.strictObject({ items: z.array(ReverificationSchema) }), ...problems },
      },
    },
    async ({ params }) => {
      if ((await world.rounds.round(params.id)) === null) throw notFound(`round ${params.id}`, whereListed)
      return { items: (await world.reverifications.list(params.id)).map(reverificationView) }
    },
  )

  app.get(
    '/v1/rounds/:id/reverifications/:reverificationId',
    {
      schema: {
        summary: 'Read a re-verification: how far it is and what it changed',
        operationId: 'readReverification',
        tags,
        params: Id.extend({ reverificationId: z.string() }),
        response: { 200: ReverificationSchema, ...problems },
      },
    },
    async ({ params: { id, reverificationId } }) => {
      const found = await world.reverifications.find(reverificationId)
      if (found?.roundId !== id)
        throw notFound(
          `re-verification ${reverificationId} of round ${id}`,
          'GET /v1/rounds/{id}/reverifications lists those that there are',
        )
      return reverificationView(found)
    },
  )
}

/** A key that comes back for another round or with another filter is a mistake of the caller. A set's name may mean a newer one by now. */
function refuseAnother({ id, roundId, filter }: Reverification, asked: string, body: unknown): void {
  const nameless = (value: unknown) => (typeof value === 'object' ? { ...value, problemSet: undefined } : value)
  if (roundId === asked && sameJson(nameless(filter), nameless(body))) return
  throw new HttpProblem(
    422,
    'idempotency-key-reused',
    `this idempotency key has begun re-verification ${id} of round ${roundId}, which is not the same: use a new key for a new one`,
  )
}
