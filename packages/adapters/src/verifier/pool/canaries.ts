import type { AnswerOptions } from '@ratchet/answer-equivalence/answer-options.ts'
import type { Canary } from './canary.ts'

type Pair = readonly [name: string, gold: string, answer: string, options?: AnswerOptions]

/** The same mathematical object. */
const equal: readonly Pair[] = [
  ['a number', '42', '42'],
  ['a number after its name', '5', 'x = 5'],
  ['thousands', '12345', '12{,}345'],
  ['a fraction and its decimals', '\\frac{1}{2}', '0.5'],
  ['spellings of a fraction', '\\dfrac{3}{4}', '\\frac34'],
  ['a power of ten', '10^{-7}', '1 \\times 10^{-7}'],
  ['roots', '2\\sqrt{3}', '\\sqrt{12}'],
  ['an expanded square', 'x^2+2x+1', '(x+1)^2'],
  ['an identity of sine and cosine', '\\cos^2 x', '1-\\sin^2 x'],
  ['a set in another order', '\\{1,2,3\\}', '\\{3,1,2\\}'],
  ['a pair', '(1,-2)', '\\left(1, -2\\right)'],
  ['an interval', '(-\\infty,3]', '\\left(-\\infty, 3\\right]'],
  ['a union in another order', '[0,1]\\cup(2,3)', '(2,3)\\cup[0,1]'],
  ['an equation turned round', 'y=2x+1', '2x+1=y'],
  ['a base', '101_2', '101_{2}'],
  ['a matrix', '\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}', '\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}'],
]

/** Another object, or more or less than one: what a comparison that is too lenient would accept. */
const different: readonly Pair[] = [
  ['another number', '42', '43'],
  ['another sign', '42', '-42'],
  ['a number and a root of it', '3', '3\\sqrt{2}'],
  ['a sum with another sign', '\\frac12+x', '\\frac12-x'],
  ['a power of e with another sign', '\\mathrm{e}^{2}', '-\\mathrm{e}^{2}'],
  ['a large and a small letter', 'x', 'X'],
  ['another line', 'y=2x+1', 'y=3x+1'],
  ['a pair in another order', '(1,2)', '(2,1)'],
  ['a part of a set', '\\{1,2,3\\}', '\\{1,2\\}'],
  ['one of two numbers', '1331, 1728', '1728'],
  ['an open end', '[0,1]', '[0,1)'],
  ['other bases', '101_2', '101_3'],
  ['other units', '5\\text{ cm}', '5\\text{ m}'],
  ['small numbers', '10^{-7}', '2 \\times 10^{-7}'],
  ['a small number and zero', '10^{-7}', '0'],
  ['neighbouring small powers', '2^{-100}', '2^{-101}'],
  ['reciprocals of factorials', '\\frac{1}{100!}', '\\frac{1}{101!}'],
  ['a huge factorial', '1', '1000!'],
  ['no number at all', '1', '\\frac{0}{0}'],
  ['a chain with a false link', '4', '2+2=5=4'],
  ['a wrong approximation', '4', '5 \\approx 4'],
  ['sequences with an ellipsis', '1, 4, \\ldots, n^2', '1, 4, \\ldots, 2^n'],
  ['a denial', '4', '\\text{not } 4'],
  ['an answer with a doubt', '4', '4 \\text{ or } 5'],
  ['both signs', '4', '\\pm 4'],
  ['a number in junk', '4', 'qwfp 4 zxcv \\}\\{ ;;'],
  ['percent that is to be exact', '20', '20\\%', { percent: 'exact' }],
  ['rounded beyond the decimals asked for', '0.123', '0.129', { decimals: 3 }],
]

/** Comparisons with known decisions: of each kind, and of each class of mistakes that comparisons of answers are known for. */
export const canaries: readonly Canary[] = [
  ...equal.map((pair) => math(pair, 'correct')),
  ...different.map((pair) => math(pair, 'not correct')),
  math(['a gold that is no mathematics', '\\frac{1}{', '1'], 'undecided'),
  {
    name: 'a number outside of the box',
    check: { kind: 'math', gold: ['4'], options: { extract: ['boxed'] } },
    solution: 'There are 4 of them.',
    decision: 'incorrect',
  },
  ...(['(A)', '(B)', '(C)'] as const).map(
    (letter): Canary => ({
      name: `choice ${letter}`,
      check: { kind: 'choice', gold: ['B'], options: { choices: ['two', 'three', 'four'] } },
      solution: `The answer is ${letter}.`,
      decision: letter === '(B)' ? 'correct' : 'incorrect',
    }),
  ),
  ...(['4.0', '5'] as const).map(
    (answer): Canary => ({
      name: `spelling ${answer}`,
      check: { kind: 'exact', gold: ['4'], options: {} },
      solution: `\\boxed{${answer}}`,
      decision: answer === '5' ? 'incorrect' : 'correct',
    }),
  ),
]

function math([name, gold, answer, options = {}]: Pair, decision: Canary['decision']): Canary {
  return { name, check: { kind: 'math', gold: [gold], options }, solution: `So it is \\boxed{${answer}}.`, decision }
}
