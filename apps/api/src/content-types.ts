import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { parseDocument } from 'yaml'
import { HttpProblem } from './http-problem.ts'

/** Takes JSON, YAML, which is read into the same value, and JSON Lines, which stay a stream. Nothing else. */
export function takeContentTypes(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser(
    ['application/yaml', 'application/x-yaml', 'text/yaml'],
    { parseAs: 'string' },
    (_request, text, done) => {
      try {
        done(null, readYaml(String(text)))
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)))
      }
    },
  )
  app.addContentTypeParser(['application/x-ndjson', 'application/jsonl'], (_request, stream, done) =>
    done(null, stream),
  )
}

function readYaml(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: true })
  const [first] = document.errors
  if (first !== undefined)
    throw new HttpProblem(400, 'malformed', `the body is not YAML: ${first.message.split('\n', 1)[0]}`, {
      errors: [{ path: `line ${first.linePos?.[0].line ?? 1}`, message: first.message, remedy: 'mend the YAML' }],
    })
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw new HttpProblem(
      400,
      'malformed',
      `the body is not usable YAML: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

/** The bytes of a JSON Lines body, or null when the body is something else. */
export function rowsOfBody(body: unknown): AsyncIterable<Uint8Array> | null {
  return body instanceof Readable ? body : null
}
