import { describe, expect, test } from '@jest/globals'
import { checkChoice } from './check-choice.ts'

const choices = ['3 cm', '5 cm', '7 cm', '\\frac{1}{2} cm']

function decide(response: string, gold: string | readonly string[] = 'B', texts: readonly string[] = choices): string {
  return checkChoice(response, gold, { choices: texts }).decision
}

describe('reads the gold', () => {
  test.each([
    ['as a letter', 'B'],
    ['as a letter in lower case', 'b'],
    ['as a letter in brackets', '(B)'],
    ['as a letter with a full stop', 'B.'],
    ['as a letter in a text command', '\\text{(B)}'],
    ['as a bold letter', '\\textbf{(B)}'],
    ['as a letter between dollars', '$B$'],
    ['as a letter with its text', 'B) 5 cm'],
    ['as a letter in brackets with its text', '(B) 5 cm'],
    ['as a letter with a full stop and its text', 'B. 5 cm'],
    ['as the text', '5 cm'],
    ['as the text in another case', '5 CM'],
    ['as one of several', ['C', 'B']],
  ])('%s', (_title, gold) => {
    expect(decide('\\boxed{B}', gold)).toBe('correct')
    expect(decide('\\boxed{D}', gold)).toBe('incorrect')
  })

  test.each([
    ['that is no option', 'F'],
    ['that is no text', '9 cm'],
    ['that is a place', '1'],
    ['that is empty', ''],
    ['whose letter and text are of two options', 'B) 7 cm'],
    ['that is open', 'A or B'],
    ['that is none', []],
  ])('%s and decides nothing', (_title, gold) => expect(decide('\\boxed{B}', gold)).toBe('undecided'))

  test('and an alternative that is no option leaves another choice undecided', () => {
    expect(decide('\\boxed{B}', ['B', 'Z'])).toBe('correct')
    expect(decide('\\boxed{C}', ['B', 'Z'])).toBe('undecided')
  })
})

describe('asks for several options', () => {
  test.each([
    ['exactly these', '\\boxed{A, C}', 'correct'],
    ['in any order', '\\boxed{C, A}', 'correct'],
    ['in a row', '\\boxed{AC}', 'correct'],
    ['in brackets', 'The answer is (A, C).', 'correct'],
    ['joined by and', 'The correct answers are A and C.', 'correct'],
    ['each in brackets', 'The answer is (A) and (C).', 'correct'],
    ['as the subject', 'A and C are correct.', 'correct'],
    ['in JSON', '{"answer": ["A", "C"]}', 'correct'],
    ['in joined boxes', '\\boxed{A} and \\boxed{C}', 'correct'],
    ['and refuses one of them', '\\boxed{A}', 'incorrect'],
    ['and refuses one more', '\\boxed{A, B, C}', 'incorrect'],
    ['and refuses a hedge', '\\boxed{A or C}', 'incorrect'],
  ])('%s', (_title, response, decision) => {
    for (const gold of ['A,C', 'A, C', 'AC', 'A and C', '(A), (C)']) expect(decide(response, gold)).toBe(decision)
  })
})

describe('without the texts of the options', () => {
  test.each([
    ['a letter counts', 'The answer is (B).', 'B', 'correct'],
    ['a letter with a text counts', 'Answer: B) 5 cm', 'B', 'correct'],
    ['a letter in brackets with a text is a last line', 'Hm.\n(B) 5 cm', 'B', 'correct'],
    ['the text of the gold counts', '\\boxed{5 cm}', 'B) 5 cm', 'correct'],
    ['the letter of the gold counts', '\\boxed{B}', 'B) 5 cm', 'correct'],
    ['another letter is wrong', 'Answer: C', 'B', 'incorrect'],
    ['letters after J count in a box', '\\boxed{P}', 'P', 'correct'],
    ['letters after J count nowhere else', 'The answer is P.', 'P', 'incorrect'],
    ['a gold that is a text decides nothing', 'Answer: B', '5 cm', 'undecided'],
    ['a last line of another sentence counts nothing', 'Hm.\n(C) is a trap, it is wrong', 'C', 'incorrect'],
  ])('%s', (_title, response, gold, decision) => expect(checkChoice(response, gold, {}).decision).toBe(decision))
})

describe('compares texts', () => {
  test.each([
    ['shuffled options keep a gold that is a text', 'Answer: D', '5 cm', ['7 cm', '3 cm', '1 cm', '5 cm'], 'correct'],
    ['letters before the texts are no part of them', '\\boxed{5 cm}', 'B', ['A) 3 cm', 'B) 5 cm'], 'correct'],
    [
      'letters in brackets before the texts are no part of them',
      '\\boxed{5 cm}',
      'B',
      ['(A) 3 cm', '(B) 5 cm'],
      'correct',
    ],
    [
      'a text that only looks like one with a letter stays whole',
      '\\boxed{E. coli}',
      'E',
      ['1', '2', '3', '4', 'E. coli'],
      'correct',
    ],
    ['a text that begins with a letter is one', 'Answer: B cells', 'A', ['B cells', 'T cells'], 'correct'],
    ['a text that begins with an article is one', 'The answer is a cat.', 'B', ['A dog', 'A cat'], 'correct'],
    ['case tells texts apart that differ in nothing else', '\\boxed{5 MW}', 'B', ['5 mW', '5 MW'], 'correct'],
    ['a text in a third case fits neither', '\\boxed{5 mw}', 'B', ['5 mW', '5 MW'], 'incorrect'],
    ['a text of two letters is no row of options', '\\boxed{AC}', 'B', ['DC', 'AC', 'x'], 'correct'],
    [
      'a text that names options is a text',
      'The answer is D) Both A and B.',
      'D',
      ['x', 'y', 'z', 'Both A and B'],
      'correct',
    ],
    ['a letter comes before a text', '\\boxed{A}', 'A', ['C', 'B', 'A'], 'correct'],
    ['of equal texts the letter decides', '\\boxed{A}', 'B', ['5', '5', '6'], 'incorrect'],
    ['of equal texts either has the gold that is the text', '\\boxed{A}', '5', ['5', '5', '6'], 'correct'],
    ['equal texts stand for each other where a text is chosen', '\\boxed{5}', 'B', ['5', '5', '6'], 'correct'],
    ['a negative number is not its positive', '\\boxed{-5}', 'A', ['5', '6'], 'incorrect'],
    ['a negative number is found', 'The answer is -5.', 'B', ['5', '-5'], 'correct'],
    ['all of the above is a text', 'The answer is all of the above.', 'C', ['1', '2', 'All of the above'], 'correct'],
    ['a letter beyond the options is none', '\\boxed{E}', 'B', ['1', '2'], 'incorrect'],
  ])('%s', (_title, response, gold, texts, decision) => expect(decide(response, gold, texts)).toBe(decision))

  test('by a comparison that is given', () => {
    const half = (a: string, b: string): boolean | null =>
      [a, b].every((text) => text === '0.5' || text === '\\frac{1}{2}')
    const texts = ['1', '\\frac{1}{2}', '2']
    expect(checkChoice('\\boxed{0.5}', 'B', { choices: texts }, half).decision).toBe('correct')
    expect(checkChoice('\\boxed{0.5}', 'B', { choices: texts }).decision).toBe('incorrect')
    expect(checkChoice('The answer is $0.5$.', 'B', { choices: texts }, half).decision).toBe('correct')
    expect(checkChoice('\\boxed{A) 0.5}', 'A', { choices: texts }, half).decision).toBe('incorrect')
  })

  test('and a comparison that cannot tell is no match', () => {
    expect(checkChoice('\\boxed{0.5}', 'B', { choices }, () => null).decision).toBe('incorrect')
  })

  test('and a comparison that fits several options chooses none', () => {
    expect(checkChoice('\\boxed{0.5}', 'B', { choices }, () => true).decision).toBe('incorrect')
  })
})
