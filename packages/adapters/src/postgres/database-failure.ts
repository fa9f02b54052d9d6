import { errorCode } from '../embedded/error-code.ts'

/** How long a program that starts waits for the database to answer. */
export const connectTimeoutMs = 10_000

/**
 * An error of a database connection or query in words that an operator can act on: where the server is, and the remedy. Never holds
 * the user's password. Errors whose own words say enough come back as they are.
 */
export function failureOfDatabase(url: string, error: unknown): Error {
  const because = meaningOf(error)
  if (because !== null) return new Error(`the database ${placeOf(url)} cannot be used: ${because}`)
  return error instanceof Error ? error : new Error(String(error))
}

function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url)
  return `${decodeURIComponent(pathname.slice(1)) || 'without a name'} at ${hostname || 'localhost'}:${port || '5432'}`
}

function meaningOf(error: unknown): string | null {
  const message = error instanceof Error ? error.message : ''
  if (/timeout expired|terminated due to connection timeout/i.test(message))
    return `it does not answer within ${connectTimeoutMs / 1000} s; check the network and that server, or correct DATABASE_URL`
  return meanings[errorCode(error) ?? ''] ?? null
}

const unknownHost = 'its host cannot be resolved; correct DATABASE_URL or the DNS'
const refused = 'it refuses the user or the password; correct DATABASE_URL'
const away = 'it breaks the connection; look at its log, or correct DATABASE_URL'

/** By the code of Node.js or of PostgreSQL. */
const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; start the server, or correct DATABASE_URL',
  ECONNRESET: away,
  EPIPE: away,
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
  EHOSTUNREACH: 'there is no way to its host; check the network, or correct DATABASE_URL',
  ETIMEDOUT: 'it does not answer; check the network and that server, or correct DATABASE_URL',
  '28P01': refused,
  '28000': refused,
  '3D000': 'the server has no such database; create it, or correct DATABASE_URL',
  '42501': 'its user may not do what is needed; let it create tables and schemas in that database',
  '53100': 'the disk is full; free some space',
  '53300': 'it has too many connections; raise its max_connections',
  '57P03': 'it is starting or stopping; try again soon',
}
