import { describe, expect, test } from '@jest/globals'
import { equalAnswers, extractAnswer } from './exact-answer.ts'

test.each([
  ['the content of a box is the answer', 'so \\boxed{42}.', '42'],
  ['the last box counts', '\\boxed{1} no, \\boxed{2}', '2'],
  ['braces inside a box are matched', '\\boxed{\\frac{1}{2}}', '\\frac{1}{2}'],
  ['escaped braces do not count', '\\boxed{\\{1, 2\\}} end', '\\{1, 2\\}'],
  ['a line break escaped before a brace is none', '\\boxed{a \\\\ {b}}', 'a \\\\ {b}'],
  ['of nested boxes the inner one counts', '\\boxed{\\boxed{7}}', '7'],
  ['a box may be spelt fbox', '\\fbox{3}', '3'],
  ['a space may stand before the brace', '\\boxed {3}', '3'],
  ['an open brace before the box does not matter', 'a { b \\boxed{5} c', '5'],
  ['a closing brace before the box does not matter', 'a } b \\boxed{5} c', '5'],
  ['a box that is cut off is no answer, nor is the one before', '\\boxed{1} but \\boxed{2', null],
  ['a box that is cut off is no answer, whatever line announces one', 'Answer: 1\n\\boxed{2', null],
  ['a frame that is cut off is no answer either', 'Answer: 1\n\\framebox{2', null],
  ['an empty box is no answer', '\\boxed{ }', null],
  ['without a box the announced answer counts', 'Hm.\nAnswer: 42\n', '42'],
  ['the last announcement counts', 'Answer: 1\nFinal Answer: 2', '2'],
  ['an announcement may be emphasised', '**Answer:** 42.', '42'],
  ['an announced answer may stand on the next line', 'The answer:\n\n  42', '42'],
  ['a box counts more than an announcement', '\\boxed{1} Answer: 2', '1'],
  ['a text without either has no answer', 'It is 42.', null],
  ['an empty text has no answer', '', null],
])('%s', (_title, solution, answer) => expect(extractAnswer(solution)).toBe(answer))

describe('are the same answer', () => {
  test.each([
    ['leading zeros', '007', '7'],
    ['trailing zeros', '2.50', '2.5'],
    ['a bare point', '.5', '0.5'],
    ['a point at the end', '5.', '5'],
    ['a plus sign', '+5', '5'],
    ['minus zero', '-0.0', '0'],
    ['a typographic minus', '\u22125', '-5'],
    ['thousands', '1,234,567', '1234567'],
    ['thousands as LaTeX spells them', '1{,}234', '1\\,234'],
    ['a number of hundreds of digits', `0${'9'.repeat(900)}`, '9'.repeat(900)],
    ['dollar signs', '$5$', '5'],
    ['white space', ' 5 \n', '5'],
    ['the size of a fraction', '\\dfrac{1}{2}', '\\frac{1}{2}'],
    ['the size of brackets', '\\left(1, 2\\right)', '(1,2)'],
    ['numbers in a list', '1.0, 02, 3', '1,2,3'],
    ['numbers in an interval', '[0.50, 1)', '[.5,1)'],
    ['text commands', '\\text{Yes}', 'yes'],
    ['the case of words', 'New York', 'new york'],
    ['a full stop', 'yes.', 'yes'],
    ['a choice in brackets', '(B)', 'B'],
    ['degrees', '30^\\circ', '30^{\\circ}'],
    ['percent', '5\\%', '5 %'],
    ['spaces around operators', 'x + 1', 'x+1'],
  ])('%s', (_title, a, b) => {
    expect(equalAnswers(a, b)).toBe(true)
    expect(equalAnswers(b, a)).toBe(true)
  })
})

describe('are different answers', () => {
  test.each([
    ['two numbers', '5', '6'],
    ['numbers that only doubles confuse', '9007199254740993', '9007199254740992'],
    ['a sign', '5', '-5'],
    ['a list in another order', '1, 2', '2, 1'],
    ['a list of two and a number', '1, 234', '1234'],
    ['two numbers and one', '3 4', '34'],
    ['an open and a closed interval', '(0, 1)', '[0, 1]'],
    ['a longer list', '1, 2', '1, 2, 3'],
    ['a variable and its capital', 'x', 'X'],
    ['a number and its percentage', '50', '50%'],
    ['nothing and nothing', '', '$$'],
    ['infinities of different words', 'inf', 'infinity'],
    ['a fraction of other numbers', '\\frac{1}{2}', '\\frac{2}{1}'],
  ])('%s', (_title, a, b) => {
    expect(equalAnswers(a, b)).toBe(false)
    expect(equalAnswers(b, a)).toBe(false)
  })
  test('answers too long to compare', () => expect(equalAnswers('1'.repeat(4001), '1'.repeat(4001))).toBe(false))
})

describe('takes linear time on', () => {
  const floods: readonly (readonly [string, string])[] = [
    ['unclosed boxes', '\\boxed{'],
    ['nested boxes', '\\boxed{{'],
    ['open braces', '{'],
    ['closing braces', '}'],
    ['boxes without braces', '\\boxed  '],
    ['announcements', 'answer:\n'],
    ['announcements without a colon', 'answer      '],
    ['backslashes', '\\'],
    ['white space', ' '],
    ['line breaks', '\n'],
    ['stars', '*'],
  ]
  test.each(floods)('%s', (_title, unit) => {
    const flood = `Answer: ${unit.repeat(Math.ceil(4_000_000 / unit.length))}`
    const started = performance.now()
    extractAnswer(flood)
    extractAnswer(`${flood}}\\boxed{1}`)
    expect(performance.now() - started).toBeLessThan(3000)
  })
  test.each(['0', '1,', '1,234,', '\\text{', '\\left', '(', '{,}', '^{\\circ', ' a', '. '])(
    'the answer %s, repeated',
    (unit) => {
      const answer = unit.repeat(Math.floor(4000 / unit.length))
      const started = performance.now()
      for (let round = 0; round < 20; round++) equalAnswers(answer, `${answer.slice(1)}x`)
      expect(performance.now() - started).toBeLessThan(1000)
    },
  )
})
