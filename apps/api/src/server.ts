import swagger from '@fastify/swagger'
import fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { ApiWorld } from './api-world.ts'
import { authorize } from './authorize.ts'
import { takeContentTypes } from './content-types.ts'
import { HttpProblem } from './http-problem.ts'
import { openapi } from './openapi.ts'
import { documentOf, problemOfError } from './problem-of-error.ts'
import { addRoutes } from './routes.ts'
import { ServerSettings, type ServerSettingsInput } from './server-settings.ts'

/** A Fastify instance whose routes take their types from zod. */
export type Server = ReturnType<typeof createFastify>

/** What the routes are given. */
export type RouteContext = {
  readonly world: ApiWorld
  readonly settings: ServerSettings
  /** Aborted when the server closes: streams that would go on for ever must end. */
  readonly closing: AbortSignal
}

/** The control plane over HTTP; listens to nothing yet. Throws when the settings would leave it open to strangers. */
export async function createServer(world: ApiWorld, input: ServerSettingsInput = {}): Promise<FastifyInstance> {
  const checked = ServerSettings.safeParse(input)
  if (!checked.success) throw new Error(checked.error.issues.map((issue) => issue.message).join('; '))
  const settings = checked.data
  const app = createFastify(settings)
  const closing = new AbortController()
  takeContentTypes(app)
  app.addHook('preClose', async () => closing.abort(new Error('the server closes')))
  app.addHook('onRequest', async (request) => {
    if (needsKey(request.routeOptions.url)) authorize(request, settings.apiKeys)
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request
    const fields = { method, route: routeOptions.url ?? 'unknown', status: reply.statusCode, ms: Math.round(reply.elapsedTime) }
    world.logger.debug(fields, 'answered')
  })
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOfError(error)
    if (problem.status >= 500) {
      const reason = error instanceof Error ? `${error.message}${causeOf(error)}` : String(error)
      world.logger.error({ method: request.method, route: request.routeOptions.url, reason }, 'a request failed')
    }
    return send(reply, problem, request.url)
  })
  app.setNotFoundHandler((request, reply) =>
    send(reply, new HttpProblem(404, 'not-found', `there is no ${request.method} ${request.url.split('?', 1)[0]}`), request.url),
  )
  await app.register(swagger, openapi)
  await app.register(async (scope) => addRoutes(scope.withTypeProvider<ZodTypeProvider>(), { world, settings, closing: closing.signal }))
  return app
}

function createFastify(settings: ServerSettings) {
  return fastify({
    bodyLimit: settings.bodyLimitBytes,
    // A client that trickles its request must not hold a connection for ever.
    requestTimeout: 300_000,
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: (error, request, reply) => send(reply, problemOfError(error), request.url),
  })
    .setValidatorCompiler(validatorCompiler)
    .setSerializerCompiler(serializerCompiler)
    .withTypeProvider<ZodTypeProvider>()
}

type Reply = {
  code(status: number): Reply
  headers(values: Record<string, string>): Reply
  send(payload: string): unknown
}

function send(reply: Reply, problem: HttpProblem, url: string) {
  return reply
    .code(problem.status)
    .headers({ ...problem.headers, 'content-type': 'application/problem+json; charset=utf-8' })
    .send(JSON.stringify(documentOf(problem, url)))
}

function needsKey(route: string | undefined): boolean {
  return route !== undefined && !route.startsWith('/health/') && route !== '/v1/openapi.json'
}

function causeOf(error: Error): string {
  return error.cause instanceof Error ? `: ${error.cause.message}` : ''
}
