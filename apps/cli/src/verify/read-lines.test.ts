import { expect, test } from '@jest/globals'
import { type Line, readLines } from './read-lines.ts'

async function linesOf(chunks: readonly (string | Uint8Array)[], longest = 1000): Promise<Line[]> {
  async function* stream() {
    for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  }
  const lines: Line[] = []
  for await (const line of readLines(stream(), longest)) lines.push(line)
  return lines
}

test('lines are cut at line feeds wherever the chunks begin, blank ones included', async () => {
  const bytes = Buffer.from('one\r\ntwö\n\nfour')
  for (const size of [1, 2, 3, 100]) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    )
    expect(await linesOf(chunks)).toEqual([
      { number: 1, bytes: 5, ended: true, ok: true, text: 'one\r' },
      { number: 2, bytes: 5, ended: true, ok: true, text: 'twö' },
      { number: 3, bytes: 1, ended: true, ok: true, text: '' },
      { number: 4, bytes: 4, ended: false, ok: true, text: 'four' },
    ])
  }
})

test('of a line over the limit only the head is kept, and the next is read again', async () => {
  const [long, next] = await linesOf(['{"id":1,', 'x'.repeat(600), 'y'.repeat(600), 'z'.repeat(9000), '\nnext\n'])
  expect(long).toMatchObject({ ok: false, bytes: 10_209, reason: 'it is longer than 1000 bytes; shorten it' })
  expect(long?.ok === false && long.head.startsWith('{"id":1,xxx')).toBe(true)
  expect(next).toMatchObject({ ok: true, number: 2, text: 'next' })
})

test('a line that is not UTF-8 is told apart from those around it', async () => {
  const lines = await linesOf(['a\n', Uint8Array.of(0x22, 0xff, 0x0a), 'b\n'])
  expect(lines.map(({ ok }) => ok)).toEqual([true, false, true])
  expect(lines[1]).toMatchObject({ reason: 'it is not UTF-8; convert it' })
})

test('a byte order mark before the first line is no part of it', async () => {
  expect(await linesOf(['\ufeff{}\n\ufeff\n'])).toMatchObject([{ text: '{}' }, { text: '\ufeff' }])
})
