import swagger from '@fastify/swagger'
import fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { ApiWorld } from './api-world.ts'
import { authorize } from './authorize.ts'
import { takeContentTypes } from './content-types.ts'
import { checkAllButBodies } from './described-body.ts'
import { type HttpProblem, notFound } from './http-problem.ts'
import { openapi } from './openapi.ts'
import { documentOf, problemOfError } from './problem-of-error.ts'
import { addRoutes } from './routes.ts'
import { ServerSettings, type ServerSettingsInput } from './server-settings.ts'

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
    const fields = {
      method,
      route: routeOptions.url ?? 'unknown',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    }
    world.logger.debug(fields, 'answered')
  })
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOfError(error)
    if (problem.status >= 500) {
      const reason = error instanceof Error ? `${error.message}${causeOf(error)}` : String(error)
      world.logger.error({ method: request.method, route: request.routeOptions.url, reason }, 'a request failed')
    }
    const { status, headers, body } = answerOf(problem, request.url)
    return reply.code(status).headers(headers).send(body)
  })
  app.setNotFoundHandler((request, reply) => {
    const { status, headers, body } = answerOf(
      notFound(`${request.method} ${request.url.split('?', 1)[0]}`),
      request.url,
    )
    return reply.code(status).headers(headers).send(body)
  })
  await app.register(swagger, openapi)
  await app.register(async (scope) =>
    addRoutes(scope.withTypeProvider<ZodTypeProvider>(), { world, settings, closing: closing.signal }),
  )
  return app
}

function createFastify(settings: ServerSettings) {
  return fastify({
    bodyLimit: settings.bodyLimitBytes,
    // A client that trickles its request must not hold a connection for ever.
    requestTimeout: 300_000,
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: (error, request, reply) => {
      const { status, headers, body } = answerOf(problemOfError(error), request.url)
      reply.hijack()
      reply.raw.writeHead(status, headers).end(body)
    },
  })
    .setValidatorCompiler(checkAllButBodies)
    .setSerializerCompiler(serializerCompiler)
    .withTypeProvider<ZodTypeProvider>()
}

type Answer = { readonly status: number; readonly headers: Record<string, string>; readonly body: string }

function answerOf(problem: HttpProblem, url: string): Answer {
  return {
    status: problem.status,
    headers: { ...problem.headers, 'content-type': 'application/problem+json; charset=utf-8' },
    body: JSON.stringify(documentOf(problem, url)),
  }
}

function needsKey(route: string | undefined): boolean {
  return route !== undefined && !route.startsWith('/health/') && route !== '/v1/openapi.json'
}

function causeOf(error: Error): string {
  return error.cause instanceof Error ? `: ${error.cause.message}` : ''
}
