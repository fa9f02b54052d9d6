import type { ProblemDocument } from '@ratchet/api/schemas/problem-document.ts'

/** No answer came: nobody listens there, or the connection broke. */
export class ApiUnreachable extends Error {
  override readonly name = 'ApiUnreachable'
  constructor(url: string, cause: unknown) {
    super(
      `the API at ${url} cannot be reached (${reasonOf(cause)}): start it with \`ratchet up\`, or name another with --api`,
      { cause },
    )
  }
}

/** The API answered with an error. */
export class ApiRefused extends Error {
  override readonly name = 'ApiRefused'
  readonly document: ProblemDocument
  constructor(document: ProblemDocument) {
    super(document.detail)
    this.document = document
  }
}

/** The API answered with something this version does not know. */
export class ApiMismatch extends Error {
  override readonly name = 'ApiMismatch'
  constructor(path: string, cause: unknown) {
    super(
      `the API's answer to ${path} is not what this version of ratchet expects: use the same version on both sides`,
      { cause },
    )
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message
  return cause instanceof Error ? cause.message || cause.name : error.message
}
