import { describe, expect, test } from '@jest/globals'
import { bar, compact } from './bar.ts'
import { createProgress } from './create-progress.ts'

function collected() {
  const written: string[] = []
  return { written, stream: { columns: 20, write: (text: string) => written.push(text) } }
}

describe('progress', () => {
  test('on a terminal lines are repainted in place and notes stay above them', () => {
    const { written, stream } = collected()
    const progress = createProgress({ stream, isTty: true })
    progress.update(['one', 'two'])
    progress.update(['one', 'two'])
    progress.note('note')
    progress.update(['a very long line that would wrap around'])
    progress.done()
    expect(written).toEqual(['one\ntwo\n', '\x1b[2A\r\x1b[Jnote\none\ntwo\n', '\x1b[2A\r\x1b[Ja very long line t…\n'])
  })

  test('elsewhere changed lines are printed every ten seconds, and the last ones at the end', () => {
    const { written, stream } = collected()
    let nowMs = 0
    const progress = createProgress({ stream, isTty: false, nowMs: () => nowMs })
    progress.update(['head', '1'])
    progress.update(['head', '2'])
    nowMs = 10_000
    progress.update(['head', '3'])
    progress.update(['head', '4'])
    progress.note('note')
    progress.done()
    expect(written).toEqual(['head\n', '1\n', '3\n', 'note\n', '4\n'])
  })

  test('a bar is full only when everything is done', () => {
    expect([bar(0, 4), bar(0.99, 4), bar(1, 4), bar(2, 4), bar(Number.NaN, 4)]).toEqual([
      '░░░░',
      '███░',
      '████',
      '████',
      '░░░░',
    ])
  })

  test('numbers are short', () => {
    expect([0, 950, 1234, 12_345, 123_456, 4_560_000].map(compact)).toEqual([
      '0',
      '950',
      '1.23k',
      '12.3k',
      '123k',
      '4.56M',
    ])
  })
})
