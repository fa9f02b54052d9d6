import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { ApiWorld } from './api-world.ts'
import type { ServerSettings } from './server-settings.ts'

/** A Fastify instance whose routes take their types from zod. */
export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** What the routes are given. */
export type RouteContext = {
  readonly world: ApiWorld
  readonly settings: ServerSettings
  /** Aborted when the server closes: streams that would go on for ever must end. */
  readonly closing: AbortSignal
}
