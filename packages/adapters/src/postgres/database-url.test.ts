import { expect, test } from '@jest/globals'
import { readDatabaseUrl } from './database-url.ts'

test('takes what only Prisma understands out of the URL and heeds it', () => {
  const read = readDatabaseUrl(
    'postgresql://u:p%40@h:1/d?schema=loop&connection_limit=7&pgbouncer=true&sslmode=disable',
  )
  expect(read).toEqual({
    connectionString: 'postgresql://u:p%40@h:1/d?sslmode=disable',
    schema: 'loop',
    searchPath: '-c search_path="loop"',
    maxConnections: 7,
  })
  expect(readDatabaseUrl('postgres://u@h/d?schema=public')).toMatchObject({ searchPath: null, maxConnections: null })
})

test('refuses what is no database URL without repeating its password', () => {
  for (const url of ['mysql://u:secret@h/d', 'secret']) {
    expect(() => readDatabaseUrl(url)).toThrow(/of the form postgresql:/)
    expect(() => readDatabaseUrl(url)).not.toThrow(/secret/)
  }
})
