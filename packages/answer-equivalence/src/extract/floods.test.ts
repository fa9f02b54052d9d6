import { expect, test } from '@jest/globals'
import { checkAnswer } from '../check-answer.ts'

const length = 100_000

/** Pieces that a search of the text may begin at again and again. */
const pieces = [
  ...['\n', ' ', '*', '**1', '**1**', '```', '```python', '$', '$1 / ', '|', '> ', '...', '<think>', '</think>'],
  ...[
    '\\boxed{',
    '\\boxed{1}',
    '\\end{a}',
    '& = ',
    '\\\\',
    '\\int',
    'Question: ',
    '\nQuestion: ',
    'answer is ',
    'Answer:\n',
  ],
  ...[
    ' not 5',
    ', so',
    ', so 1',
    'there are two ',
    '. A',
    '(or ',
    '(a) ',
    ' 🎉',
    '1 : ',
    '√',
    'π',
    '=',
    ',',
    "n't ",
    '####',
  ],
]

const frames = [
  ['', ''],
  ['The answer is ', ' 5.'],
  ['\\boxed{... ', 'x}'],
  ['$\\boxed{a', '🎉b}$.'],
  ['```output\n', '\n```\n5 is.'],
] as const

// A search that takes the square of the length would take minutes, and the test its deadline.
test.each(frames)('a flood between %j and %j is searched to its end', (before, after) => {
  for (const piece of pieces)
    for (const options of [{}, { extract: ['latex', 'expression'] } as const])
      expect(checkAnswer(`${before}${piece.repeat(length / piece.length)}${after}`, '5', options)).toBeDefined()
})
