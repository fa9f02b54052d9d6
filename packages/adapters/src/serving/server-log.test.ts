import { expect, test } from '@jest/globals'
import { tellingLine } from './server-log.ts'

test.each([
  ['nothing', [], undefined],
  ['the last line', ['loading', 'killed'], 'killed'],
  [
    'the error that the last lines send the reader to',
    [
      'ValueError: the first of two',
      'OSError: /models/none does not appear to have a file named config.json',
      'RuntimeError: Engine core initialization failed. See root cause above.',
      'the server has ended',
    ],
    'OSError: /models/none does not appear to have a file named config.json',
  ],
])('a log tells %s', (_what, lines, line) => {
  expect(tellingLine(lines)).toBe(line)
})
