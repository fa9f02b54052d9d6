import { describe, expect, test } from '@jest/globals'
import { checkChoice } from './check-choice.ts'

const choices = ['3 cm', '5 cm', '7 cm', 'both']
const long = 500_000

function flood(piece: string, length = long): string {
  return piece.repeat(Math.ceil(length / piece.length))
}

const pieces = [
  '\\boxed{',
  '\\boxed',
  '\\boxed{A}',
  '\\boxed{A} and ',
  '\\',
  '{',
  '}',
  '(',
  '((((A',
  '(A',
  'A)',
  'A ',
  'A, ',
  'A or ',
  'AB ',
  'A is ',
  'A is not ',
  'is A correct',
  'B is correct if ',
  'either ',
  'both ',
  'not ',
  'answer ',
  'answer: ',
  'answer: x ',
  'answer: A cat ',
  'the answer is not ',
  'the answer is not A but ',
  'Answer:\n',
  'A)\n',
  'A\n',
  'A) 3 cm\n',
  '\n',
  ' ',
  '$',
  '**',
  '"',
  '{"answer": ',
  '<answer>',
  '</think>',
  '<think>',
  '<|x|>',
  '<|',
  '<a',
  '答案',
  '答案是',
  '选',
  'Ⓑ',
  '\ud83c',
  '\\text{',
  '\\text{A} ',
  '~',
  '.',
  'a.b.c',
  "'a",
  "x'",
  '1,',
  '🅱️',
  'so ',
  'must be ',
  '-',
  '/',
]

describe('survives half a million characters', () => {
  test.each(pieces.map((piece) => [JSON.stringify(piece), piece] as const))('of %s', (_title, piece) => {
    const text = flood(piece)
    expect(['correct', 'incorrect']).toContain(checkChoice(text, 'B', { choices }).decision)
    expect(checkChoice(`${text}</think>\nThe answer is B.`, 'B', { choices }).decision).toBe('correct')
    expect(['correct', 'incorrect', 'undecided']).toContain(checkChoice('B', text, { choices }).decision)
  })
})

describe('survives a flood', () => {
  test.each(['\\text{', '(A) ', 'A or ', '$', '{', '\\ ', '**', '. ', '"', "'", 'x '])(
    'of %s in a box, a gold and an option',
    (piece) => {
      const text = flood(piece, 9_000)
      expect(['incorrect', 'undecided']).toContain(checkChoice(`\\boxed{${text}}`, 'B', { choices }).decision)
      expect(checkChoice('\\boxed{B}', 'B', { choices: [text, text, text] }).decision).toBe('correct')
      expect(['correct', 'incorrect', 'undecided']).toContain(checkChoice('\\boxed{B}', text, { choices }).decision)
    },
  )

  test('and calls the comparison a bounded number of times', () => {
    let calls = 0
    const equal = (): boolean => {
      calls++
      return false
    }
    checkChoice(flood('The answer is x7. '), 'B', { choices }, equal)
    expect(calls).toBeGreaterThan(0)
    expect(calls).toBeLessThan(400)
  })
})

describe('has limits', () => {
  test('a response longer than eight million characters is undecided', () => {
    expect(checkChoice(flood(' ', 8_000_001), 'B', { choices }).decision).toBe('undecided')
  })

  test('a response of eight million characters is decided', () => {
    expect(checkChoice(`${flood(' ', 7_999_000)}Answer: B`, 'B', { choices }).decision).toBe('correct')
  })

  test('more options than letters are undecided', () => {
    const texts = Array.from({ length: 27 }, (_, index) => `${index}`)
    expect(checkChoice('Answer: B', 'B', { choices: texts }).decision).toBe('undecided')
  })

  test('an announcement long before the end is none', () => {
    const text = flood('word ', 150_000)
    expect(checkChoice(`Answer: B. ${text}`, 'B', { choices }).decision).toBe('incorrect')
  })

  test('reasons and extracted answers of a nameless box are short', () => {
    const verdict = checkChoice(`\\boxed{${flood('x', 5_000)}}`, 'B', { choices })
    expect(verdict.reason.length).toBeLessThanOrEqual(300)
    expect(verdict.extracted?.length).toBeLessThanOrEqual(300)
  })
})
