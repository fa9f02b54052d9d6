import { expect, test } from '@jest/globals'
import { findPostgresBinaries } from './postgres-binaries.ts'
import { explainFailure } from './postgres-failure.ts'

test.each([
  ['the disk is full', 'initdb: error: could not write to file "x": No space left on device'],
  [
    'made by PostgreSQL 17',
    'FATAL: database files are incompatible with server\nDETAIL: initialized by PostgreSQL version 17',
  ],
  ['choose one that it can reach', 'could not open directory "/data": Permission denied'],
  ['FATAL: something new', 'LOG: starting\nFATAL: something new'],
])('says %s', (expected, output) => {
  const { message } = explainFailure('start', '/data', output)
  expect(message).toContain('PostgreSQL could not start in /data')
  expect(message).toContain(expected)
})

test('says what to do on a platform without binaries', () => {
  expect(() => findPostgresBinaries('sunos-sparc')).toThrow(/no embedded PostgreSQL for sunos-sparc.*set DATABASE_URL/)
})
