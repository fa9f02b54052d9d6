import { describe, expect, test } from '@jest/globals'
import { thoughtFormat } from './thought-format.ts'

const names = ['think', 'still', 's1', 'plain'] as const

describe.each(names)('the %s format', (name) => {
  const format = thoughtFormat(name)

  test('reads back the solution that it rendered', () => {
    const parsed = format.parse(format.render('First, 2 + 2.\n\nWait, it is 4.', 'The answer is \\boxed{4}.'))
    expect(parsed.ok).toBe(true)
    if (name !== 'plain') expect(parsed).toMatchObject({ thought: 'First, 2 + 2.\n\nWait, it is 4.' })
    expect(parsed.solution).toContain('The answer is \\boxed{4}.')
  })

  test('separates the solution at its literal thought end', () => {
    if (name === 'plain') expect(format.thoughtEnd).toBe('')
    else expect(format.render('a', 'b').split(format.thoughtEnd)).toHaveLength(2)
  })

  test('refuses an empty text', () => expect(format.parse(' \n').ok).toBe(false))

  test('takes time that is linear in the text', () => {
    const flood = '<think></think><|begin_of_thought|><|im_start|>\n'.repeat(50_000)
    const started = performance.now()
    format.parse(flood)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

const still = (thought: string, solution: string, breaks: string) =>
  `<|begin_of_thought|>${breaks}${thought}${breaks}<|end_of_thought|>${breaks}<|begin_of_solution|>${breaks}${solution}${breaks}<|end_of_solution|>${breaks}`

test.each([0, 1, 2, 5])('any number of line breaks after a tag is fine: %i', (count) => {
  const breaks = '\n'.repeat(count)
  const expected = { ok: true, thought: 'T', solution: 'S' }
  expect(thoughtFormat('still').parse(still('T', 'S', breaks))).toEqual(expected)
  expect(thoughtFormat('think').parse(`<think>${breaks}T${breaks}</think>${breaks}S`)).toEqual(expected)
  expect(thoughtFormat('s1').parse(`<|im_start|>think${breaks}T${breaks}<|im_start|>answer${breaks}S`)).toEqual(
    expected,
  )
})

test.each([
  [
    'a solution whose end tag was the stop string is whole',
    'still',
    still('T', 'S', '').replace('<|end_of_solution|>', ''),
  ],
  ['a thought whose opening tag stood in the prompt is whole', 'think', 'T</think>S'],
  ['a thought whose opening turn stood in the prompt is whole', 's1', '\nT\n<|im_start|>answer\nS'],
] as const)('%s', (_title, name, text) => {
  expect(thoughtFormat(name).parse(text)).toEqual({ ok: true, thought: 'T', solution: 'S' })
})

test.each([
  [
    'a thought that was never closed leaves the whole text to verify',
    'think',
    '<think>so 4',
    'not closed',
    '<think>so 4',
  ],
  [
    'a thought closed twice leaves what follows the last end',
    'think',
    '<think>a</think>b</think>c',
    'more than once',
    'c',
  ],
  ['a thought opened twice is refused', 'think', '<think>a<think>b</think>c', 'more than once', 'c'],
  ['an opening tag after other words is refused', 'think', 'Hm <think>a</think>c', 'more than once', 'c'],
  ['an empty thought is refused', 'think', '<think>\n</think>c', 'thought is empty', 'c'],
  ['an empty solution is refused', 'think', '<think>a</think>\n', 'solution is empty', ''],
  ['a missing thought tag is refused', 'still', 'T<|end_of_thought|>S', 'does not begin with', 'S'],
  [
    'a missing solution tag is refused',
    'still',
    '<|begin_of_thought|>T<|end_of_thought|>S',
    'solution does not begin',
    'S',
  ],
  [
    'text after the end of the solution is refused',
    'still',
    `${still('T', 'S', '')} and more`,
    'inside the solution',
    'S<|end_of_solution|> and more',
  ],
  [
    'a turn opened inside the answer is refused',
    's1',
    'T<|im_start|>answer\nS<|im_start|>user',
    'another turn',
    'S<|im_start|>user',
  ],
] as const)('%s', (_title, name, text, reason, solution) => {
  expect(thoughtFormat(name).parse(text)).toEqual({ ok: false, reason: expect.stringContaining(reason), solution })
})
