/** A database URL as `pg` takes it, and what its Prisma-only parameters ask for. */
export type DatabaseUrl = {
  readonly connectionString: string
  readonly schema: string | null
  /** The `options` start-up parameter that puts `schema` on the search path; null for the default. */
  readonly searchPath: string | null
  readonly maxConnections: number | null
}

/** Parameters that Prisma's own engines understood and `pg` would pass on to the server, which refuses them. */
const prismaOnly = [
  'schema',
  'connection_limit',
  'pool_timeout',
  'socket_timeout',
  'pgbouncer',
  'statement_cache_size',
  'connect_timeout',
]

/** Throws, without repeating the URL (it holds a password), when it is none. */
export function readDatabaseUrl(url: string): DatabaseUrl {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw new Error('the database URL is not of the form postgresql://user:password@host:port/database')
  }
  const parsed = new URL(url)
  const schema = parsed.searchParams.get('schema')
  if (schema !== null && !/^[A-Za-z0-9_-]+$/.test(schema))
    throw new Error(`the database URL names an unusable schema: ${schema}`)
  const limit = Number(parsed.searchParams.get('connection_limit'))
  for (const name of prismaOnly) parsed.searchParams.delete(name)
  return {
    connectionString: parsed.toString(),
    schema,
    searchPath: schema === null || schema === 'public' ? null : `-c search_path="${schema}"`,
    maxConnections: Number.isInteger(limit) && limit > 0 ? limit : null,
  }
}
