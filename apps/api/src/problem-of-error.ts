import { STATUS_CODES } from 'node:http'
import { InvalidImport } from '@ratchet/ports/demonstration-store.ts'
import { ObjectNotFound } from '@ratchet/ports/object-store.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { HttpProblem } from './http-problem.ts'
import type { FieldError, ProblemDocument } from './schemas/problem-document.ts'

/** What any thrown value means to the caller. What the caller cannot know about becomes a 500 that says nothing of it. */
export function problemOfError(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error
  if (error instanceof InvalidImport) return new HttpProblem(422, 'invalid-import', error.message)
  if (error instanceof ObjectNotFound) return new HttpProblem(404, 'not-found', error.message)
  if ((error instanceof PortError && error.retryable) || isDatabaseAway(error))
    return new HttpProblem(503, 'unavailable', 'something this depends on is not reachable; try again', {
      headers: { 'retry-after': '5' },
    })
  if (error instanceof Error) {
    const known = invalidRequest(error) ?? knownByCode(error)
    if (known !== null) return known
  }
  return new HttpProblem(500, 'internal', 'something went wrong inside; the log has the reason')
}

/** Codes of Prisma, Node.js and PostgreSQL for a database that cannot be reached now or just went away. */
const databaseAway = new Set('P1001 P1002 P1008 P1017 P2024 ECONNREFUSED ECONNRESET 57P01 57P02 57P03'.split(' '))

function isDatabaseAway(error: unknown): boolean {
  return error instanceof Error && 'code' in error && databaseAway.has(String(error.code))
}

export function documentOf(problem: HttpProblem, url: string): ProblemDocument {
  return {
    type: `urn:ratchet:problem:${problem.kind}`,
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    detail: problem.message,
    instance: url.split('?', 1)[0] ?? url,
    errors: [...problem.errors],
  }
}

const placeNames: Readonly<Record<string, string>> = {
  querystring: 'query',
  params: 'path',
  headers: 'header',
  body: 'body',
}

function invalidRequest(error: Error): HttpProblem | null {
  if (!hasZodFastifySchemaValidationErrors(error)) return null
  const context = 'validationContext' in error ? String(error.validationContext) : 'body'
  const place = placeNames[context] ?? context
  const errors = error.validation.map((issue): FieldError => {
    const field = issue.instancePath.replace(/^\//, '').replaceAll('/', '.')
    return {
      path: place === 'body' ? field : `${place}.${field}`,
      message: issue.message ?? 'is not valid',
      remedy: 'see GET /v1/openapi.json for what is taken here',
    }
  })
  const status = place === 'body' ? 422 : 400
  return new HttpProblem(status, 'invalid-request', `the ${place} of the request is not valid`, { errors })
}

/** The errors that Fastify itself throws, in our words. */
function knownByCode(error: Error): HttpProblem | null {
  const code = 'code' in error ? String(error.code) : ''
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new HttpProblem(415, 'unsupported-media-type', 'this content type is not taken here')
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new HttpProblem(413, 'too-large', 'the body is larger than this server takes')
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new HttpProblem(400, 'malformed', 'the body is empty, though its content type says JSON')
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new HttpProblem(400, 'malformed', 'the body is not JSON')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new HttpProblem(400, 'malformed', 'the body is not as long as its Content-Length says')
    case 'FST_ERR_BAD_URL':
      return new HttpProblem(400, 'malformed', 'the address is not a valid URL')
  }
  if (error instanceof SyntaxError && 'statusCode' in error && error.statusCode === 400)
    return new HttpProblem(400, 'malformed', `the body is not JSON: ${error.message}`)
  const status = 'statusCode' in error ? Number(error.statusCode) : 500
  return status >= 400 && status < 500 ? new HttpProblem(status, 'bad-request', error.message) : null
}
