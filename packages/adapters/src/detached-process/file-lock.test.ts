import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { tryLock } from './file-lock.ts'
import { identify } from './process-identity.ts'

let directory = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ratchet-lock-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('only one holds the lock, and it is free again after the release', () => {
  const path = join(directory, 'a')
  const held = tryLock(path)
  expect(held).not.toBeNull()
  expect(tryLock(path)).toBeNull()
  held?.release()
  const again = tryLock(path)
  expect(again).not.toBeNull()
  again?.release()
  expect(readdirSync(directory)).toEqual([])
})

test.each([
  ['a process that ended', JSON.stringify({ pid: 2 ** 30, startTime: '1', token: 't' })],
  ['a process whose id another one has now', JSON.stringify({ pid: process.pid, startTime: '1', token: 't' })],
  ['a damaged owner', 'nonsense'],
])('the lock of %s is taken over', (_name, content) => {
  const path = join(directory, 'b')
  writeFileSync(path, content)
  const held = tryLock(path)
  expect(held).not.toBeNull()
  held?.release()
})

test('a lock that a living process holds is left alone', () => {
  const path = join(directory, 'c')
  writeFileSync(path, JSON.stringify({ ...identify(process.ppid), token: 't' }))
  expect(tryLock(path)).toBeNull()
})
