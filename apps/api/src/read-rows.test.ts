import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { HttpProblem } from './http-problem.ts'
import { readRows } from './read-rows.ts'

const Row = z.strictObject({ id: z.string(), n: z.number() })

async function* inPieces(text: string, size: number): AsyncIterable<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

const read = (text: string | Uint8Array, size = 7, maxBytes = 10_000) =>
  readRows(inPieces(typeof text === 'string' ? text : '', size), Row, { maxBytes, uniqueBy: (row) => row.id })

async function problemOf(work: Promise<unknown>): Promise<HttpProblem> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof HttpProblem)) throw new Error('it did not fail as expected')
  return error
}

describe('reading JSON Lines', () => {
  test.each([1, 2, 3, 7, 1000])('rows are the same however the bytes are cut, here every %i', async (size) => {
    expect(await read('{"id":"ä","n":1}\r\n\n  {"id":"b","n":2}', size)).toEqual([
      { id: 'ä', n: 1 },
      { id: 'b', n: 2 },
    ])
  })

  test('every wrong line is named with its number and field, empty lines counted', async () => {
    const problem = await problemOf(read('{"id":"a","n":1}\n\n{"id":"b"}\nnope\n{"id":"c","n":1,"x":2}\n'))
    expect(problem.status).toBe(422)
    expect(problem.message).toBe('3 lines are not valid; nothing was stored')
    expect(problem.errors.map((error) => error.path)).toEqual(['line 3: n', 'line 4', 'line 5'])
    expect(problem.errors[2]?.message).toContain('"x"')
  })

  test('a field that is missing is called that, and a row as it should be is shown', async () => {
    const source = inPieces('{"id":"a"}\n', 7)
    const problem = await problemOf(readRows(source, Row, { maxBytes: 100, example: '{"id": "a", "n": 1}' }))
    expect(problem.errors).toEqual([{ path: 'line 1: n', message: 'is missing' }])
    expect(problem.message).toBe('1 line is not valid; nothing was stored; a row looks like {"id": "a", "n": 1}')
  })

  test('an id that occurs twice names both lines', async () => {
    const problem = await problemOf(read('{"id":"a","n":1}\n{"id":"a","n":2}\n'))
    expect(problem.errors[0]).toMatchObject({ path: 'line 2: id', message: 'a occurs already in line 1' })
  })

  test('bytes that are not UTF-8 are refused rather than replaced', async () => {
    const source = (async function* () {
      yield Buffer.from([0x7b, 0xff, 0x7d, 0x0a])
    })()
    const problem = await problemOf(readRows(source, Row, { maxBytes: 100 }))
    expect(problem.errors[0]).toMatchObject({ path: 'line 1', message: 'is not UTF-8' })
  })

  test('an upload over the limit is a 413, and an empty one a 422', async () => {
    expect((await problemOf(read('{"id":"a","n":1}\n'.repeat(10), 7, 50))).status).toBe(413)
    expect((await problemOf(read('\n\n'))).status).toBe(422)
  })

  test('only the first twenty errors are listed, all are counted', async () => {
    const problem = await problemOf(read('x\n'.repeat(30)))
    expect(problem.errors).toHaveLength(20)
    expect(problem.message).toMatch(/^30 lines/)
  })
})
