import { describe, expect, test } from '@jest/globals'
import { checkChoice } from './check-choice.ts'

const choices = ['3 cm', '5 cm', '7 cm', '\\frac{1}{2} cm']

function decide(response: string, gold: string | readonly string[] = 'B', texts: readonly string[] = choices): string {
  return checkChoice(response, gold, { choices: texts }).decision
}

describe('finds B', () => {
  test.each([
    ['as the letter in a box', 'so \\boxed{B}'],
    ['as the letter in a frame', 'so \\framebox{B}'],
    ['as the last of two kinds of box', 'not \\boxed{A} but \\framebox{B}'],
    ['as a text command in a box', '\\boxed{\\text{B}}'],
    ['in bold brackets before its text', '\\boxed{\\textbf{(B)}\\ 5\\text{ cm}}'],
    ['in bold brackets and a tie', '\\boxed{\\textbf{(B)~5 cm}}'],
    ['with its text in a box', '\\boxed{(B) 5 cm}'],
    ['with its text in a text command', '\\boxed{\\text{B) 5 cm}}'],
    ['by its text in a box', '\\boxed{5 cm}'],
    ['by its text as LaTeX', '\\boxed{5\\ \\text{cm}}'],
    ['in lower case in a box', '\\boxed{b}'],
    ['after a label in a box', '\\boxed{\\text{Option B}}'],
    ['after the answer is in a box', '\\boxed{\\text{The answer is B}}'],
    ['behind its text in a box', '\\boxed{5 cm \\text{ (B)}}'],
    ['with a wording of its own', '\\boxed{B) five centimetres}'],
    ['in a box that is spelt fbox', '\\fbox{B}'],
    ['in the last of two boxes', '\\boxed{A}. Wait, no. \\boxed{B}'],
    ['in a box before another announcement', '\\boxed{B} The answer is C.'],
    ['in two joined boxes', '\\boxed{B} and \\boxed{B}'],
    ['after a box that is empty', 'Put it in \\boxed{}. The answer is B.'],
    ['after a box of what is no option', '\\boxed{x = 2}, so the answer is (B).'],
    ['in brackets after the answer is', 'The answer is (B).'],
    ['without brackets after the answer is', 'The answer is B.'],
    ['before a reason', 'The answer is B because 2 + 3 = 5.'],
    ['with its text after the answer is', 'The answer is B. 5 cm.'],
    ['with its text and a reason', 'The answer is (B) 5 cm, since 2 + 3 = 5.'],
    ['by its text after the answer is', 'The answer is 5 cm.'],
    ['by its text before a reason in another sentence', 'The answer is 5 cm. This is odd.'],
    ['behind its text in a sentence', 'The correct answer is 5 cm (B).'],
    ['behind another wording in a sentence', 'The answer is five centimetres (B).'],
    ['as which is option B', 'We get 5 cm, which is option B.'],
    ['as what matches option B', 'This matches option (B).'],
    ['as what corresponds to choice B', 'It corresponds to answer choice B.'],
    ['after Answer and a colon', 'Answer: B'],
    ['after Answer without a space', 'Answer:B'],
    ['after an emphasised label', '**Answer:** B'],
    ['emphasised as a whole', '**Answer: (B) 5 cm**'],
    ['after Final Answer', 'Final Answer: B) 5 cm'],
    ['after Correct Answer', '### Correct Answer: **B**\n\nBecause it fits.'],
    ['on the line after the label', 'Answer:\n\nB\n\nIt follows from the figure.'],
    ['with its text on the line after the label', '**Final Answer:**\n**(B) 5 cm**\nSee above.'],
    ['in lower case after Answer', 'answer: b'],
    ['in lower case and brackets', 'The answer is (b).'],
    ['emphasised alone', 'We compute.\n\n**B**'],
    ['alone in the first line', 'B\n\nThe sides add up.'],
    ['with its text in the first line', 'B) 5 cm\n\nThe sides add up.'],
    ['as correct option', 'Option B is correct.'],
    ['as correct', 'Thus (B) is correct, as shown.'],
    ['as the correct answer', 'B is the correct answer.'],
    ['as must be the right choice', 'Choice B must be the right one.'],
    ['as the correct choice', 'the correct choice is B'],
    ['as the best option', 'The best option is therefore **B**.'],
    ['after so', 'It adds up. So B.'],
    ['after therefore', 'Therefore, (B).'],
    ['after hence the option', 'Hence option B.'],
    ['as must be', 'It must be B.'],
    ['as what is chosen', 'I choose B.'],
    ['as what one goes with', "I'll go with option B."],
    ['as what is selected', 'We therefore select choice (B).'],
    ['in the last line', 'It adds up.\nB'],
    ['in the last line with its text', 'It adds up.\n(B) 5 cm'],
    ['in the last line with its text and no bracket', 'It adds up.\nB 5 cm'],
    ['by its text in the last line', 'It adds up.\n5 cm'],
    ['in square brackets', 'It adds up.\n[B]'],
    ['in double square brackets', 'My choice: [[B]]'],
    ['in an answer element', '<answer>B</answer>'],
    ['in an answer element with its text', '<answer> (B) 5 cm </answer>'],
    ['in JSON', '{"answer": "B"}'],
    ['in JSON before a reason', '{"answer": "B", "reason": "A is wrong"}'],
    ['in JSON after a reason', '{"reason": "A and C are wrong", "answer": "B"}'],
    ['by its text in JSON', '{"answer": "5 cm"}'],
    ['in fenced JSON', '```json\n{"choice": "B"}\n```'],
    ['in Chinese', '所以答案：B'],
    ['in Chinese without a colon', '综上所述，正确答案是B。'],
    ['in Chinese as what is chosen', '故选B'],
    ['in Chinese with full-width brackets', '故选：（B）。'],
    ['in Japanese', '正解はBです。'],
    ['in Korean', '정답은 B입니다.'],
    ['in French', 'Réponse : B'],
    ['in a French sentence', 'La bonne réponse est la B.'],
    ['in Russian', 'Ответ: B'],
    ['in German', 'Antwort: B'],
    ['in a German sentence', 'Die richtige Antwort ist B.'],
    ['in Spanish', 'La respuesta correcta es la B.'],
    ['full-width', 'Answer: Ｂ'],
    ['circled', 'Answer: Ⓑ'],
    ['in mathematical bold', 'Answer: 𝐁'],
    ['as a square', 'Answer: 🅱️'],
    ['after an earlier announcement', 'The answer is A. Let me check. The answer is B.'],
    ['before the others are called wrong', 'The answer is B. A, C and D are wrong.'],
    ['after the others are called wrong', 'A and C are wrong. The answer is B.'],
    ['before not A', 'The answer is B, not A.'],
    ['after not A but', 'The answer is not A but B.'],
    ['before a sentence about A', 'The answer is B. A is too short.'],
    ['before a clause about A', 'The answer is B, A is too short.'],
    ['before the pronoun I', 'The answer is B, I think.'],
    ['when the question asks for what is wrong', 'The answer is B. B is incorrect because water boils.'],
    ['after the thought', '<think>The answer is C.</think>The answer is B.'],
    [
      'after a thought with a box',
      '<|begin_of_thought|>\\boxed{C}<|end_of_thought|>\n<|begin_of_solution|>\\boxed{B}<|end_of_solution|>',
    ],
    ['before the marker of an end', 'The answer is B<|im_end|>'],
    ['after the options are repeated', 'A) 3 cm\nB) 5 cm\nC) 7 cm\n\nAnswer: B'],
    ['before the options are repeated', 'Answer: B\n\nA) 3 cm\nB) 5 cm\nC) 7 cm'],
    ['in brackets around a sentence', '(So the answer is B)'],
    ['between dollars', 'The answer is $\\textbf{(B)}$.'],
    ['after an implication', '5 cm $\\Rightarrow$ (B)'],
  ])('%s', (_title, response) => expect(decide(response)).toBe('correct'))
})

describe('does not find B', () => {
  test.each([
    ['where another letter is boxed', '\\boxed{C}'],
    ['where another text is boxed', '\\boxed{7 cm}'],
    ['where letter and text contradict each other in a box', '\\boxed{B) 7 cm}'],
    ['where letter and text contradict each other in a sentence', 'The answer is (B) 7 cm.'],
    ['where text and letter contradict each other', 'The answer is 7 cm (B).'],
    ['where two letters are boxed', '\\boxed{A, B}'],
    ['where two letters are boxed in a row', '\\boxed{AB}'],
    ['where a box leaves it open', '\\boxed{\\text{A or B}}'],
    ['where two marked letters are boxed', '\\boxed{(A) and (B)}'],
    ['where boxes are joined', '\\boxed{A} or \\boxed{B}'],
    ['where boxes between dollars are joined', '$\\boxed{A}$, $\\boxed{B}$'],
    ['where the box denies it', '\\boxed{\\text{not B}}'],
    ['where the box denies it behind', '\\boxed{\\text{B is wrong}}'],
    ['where the box asks', '\\boxed{B?}'],
    ['where it is a factor in the box', '\\boxed{B \\times 2}'],
    ['where it is an index', '\\boxed{B_1}'],
    ['where it is an equation', '\\boxed{B = 5}'],
    ['where the box is never closed', 'The answer is B. \\boxed{B'],
    ['where the thought is never closed', '<think>The answer is B.'],
    ['where only the thought says it', '<think>The answer is B.</think>Done.'],
    ['where it is not correct', 'B is not correct.'],
    ['where it is contracted', "B isn't right."],
    ['where it is not meant', 'not B'],
    ['where it is eliminated', 'We eliminate B.'],
    ['where two are wrong', 'A and B are wrong.'],
    ['where neither is right', 'Neither A nor B is correct.'],
    ['where the answer is not it', 'The answer is not B.'],
    ['where the answer cannot be it', 'The answer cannot be B.'],
    ['where it is taken back', 'The answer is B. Wait, B is wrong.'],
    ['where it is later not the answer', 'The answer is B. On reflection B is not the answer.'],
    ['where it is a condition', 'If the answer is B, then x = 2.'],
    ['where it is asked', 'Is the answer B?'],
    ['where it is a wrong answer', 'A common wrong answer is B.'],
    ['where it is what one might think', 'One might think the answer is B.'],
    ['where another one follows', 'The answer is B. No: the answer is C.'],
    ['where it is one of two', 'The answer is A or B.'],
    ['where it is either of two', 'The answer is either B or C.'],
    ['where it is one of two with a guess', 'The answer is B, or possibly C.'],
    ['where it is one of two by a slash', 'Answer: B/C'],
    ['where both are chosen', 'The answers are A and B.'],
    ['where both are correct', 'A and B are correct.'],
    ['where one of two is correct', 'A or B is correct.'],
    ['where another one could be right as well', 'The answer is B, but C could also be correct.'],
    ['where options are only repeated in a line', 'A) 3 cm B) 5 cm C) 7 cm'],
    ['where options are only repeated in lines', 'The options:\nA) 3 cm\nB) 5 cm'],
    ['where options are repeated after a label', 'Answer choices:\nA) 3 cm\nB) 5 cm\nC) 7 cm\nD) 9 cm'],
    ['where letters are headings', 'A\nIt is short.\nB\nIt is long.\nC\nHm, hard to say'],
    ['where it is Cyrillic', 'Ответ: В'],
    ['where it is denied in Chinese', '答案不是B'],
    ['where it is not chosen in Chinese', '不选B'],
    ['where it is wrong in Chinese', '选项B不正确'],
    ['where the response is empty', ''],
    ['where the response only prints its name', 'Point B lies on the circle.'],
    ['where it is a vitamin', 'The answer is vitamin B.'],
    ['where it belongs to a word', 'Answer: B-cells'],
    ['where it is a grade', 'Answer: B+'],
  ])('%s', (_title, response) => expect(decide(response)).toBe('incorrect'))
})

describe('is not fooled by words of one letter', () => {
  test.each([
    ['an article begins the answer', 'Answer: A cat sat there.'],
    ['an article begins the last line', 'We think.\nA cat sat there'],
    ['an article follows the link', 'The answer is a cat.'],
    ['an article stands before a noun', 'So a triangle is correct.'],
    ['the pronoun begins the sentence', 'So I am done.'],
    ['an article is part of the reason', 'The answer is a'.concat(' nice one.')],
    ['a point has the letter', 'Therefore A = 5.'],
    ['a function has the letter', 'Answer: A(x)'],
  ])('%s', (_title, response) => {
    expect(checkChoice(response, 'A', { choices })).toMatchObject({ decision: 'incorrect', extracted: null })
  })
})

describe('says why', () => {
  test.each([
    ['the choice', 'Answer: B', { decision: 'correct', extracted: 'B', reason: 'the choice is B, as announced' }],
    ['a box never closed', '\\boxed{B', { reason: 'no choice found: the last box is never closed', extracted: null }],
    ['a box of no option', '\\boxed{42}', { reason: 'no choice found: the last box names no option', extracted: '42' }],
    ['a hedge', 'Answer: A or B', { reason: 'several options are left open: A, B' }],
    ['several options', 'Answer: A and B', { reason: 'several options are chosen: A, B', extracted: 'A, B' }],
    ['a contradiction', '\\boxed{B) 7 cm}', { reason: 'letter and text are of two options: B, C' }],
    ['nothing', 'Hm.', { reason: 'no choice found', extracted: null }],
  ])('%s', (_title, response, verdict) => expect(checkChoice(response, 'B', { choices })).toMatchObject(verdict))
})

describe('looks where it is told', () => {
  test('in the last box and nowhere else', () => {
    const options = { choices, extract: ['boxed'] as const }
    expect(checkChoice('The answer is B.', 'B', options).decision).toBe('incorrect')
    expect(checkChoice('\\boxed{B}', 'B', options).decision).toBe('correct')
  })

  test('at the whole response', () => {
    const options = { choices, extract: ['raw'] as const }
    expect(checkChoice(' b ', 'B', options).decision).toBe('correct')
    expect(checkChoice('I like\nB', 'B', options).decision).toBe('incorrect')
  })
})
