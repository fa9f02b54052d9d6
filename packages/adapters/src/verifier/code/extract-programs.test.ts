import { expect, test } from '@jest/globals'
import { extractPrograms, longestProgram } from './extract-programs.ts'

const block = (text: string, language = 'python') => `\`\`\`${language}\n${text}\n\`\`\``

test('a bare program is the whole text', () => {
  expect(extractPrograms('def f(x):\n    return x\n')).toEqual(['def f(x):\n    return x\n'])
})

test('of several blocks the last comes first, then the earlier ones, all as one, and the whole text', () => {
  const solution = `First:\n${block('a = 1')}\nthen\n${block('b = 2')}\nDone.`
  expect(extractPrograms(solution)).toEqual(['b = 2', 'a = 1', 'a = 1\n\nb = 2', solution])
})

test('blocks in other languages are left out', () => {
  const solution = `${block('pip install x', 'bash')}\n${block('a = 1', 'Python')}\n${block('1', 'json')}`
  expect(extractPrograms(solution)).toEqual(['a = 1', solution])
})

test('blocks that name no language count only where none names Python', () => {
  const bare = block('a = 1', '')
  expect(extractPrograms(bare)).toEqual(['a = 1', bare])
  expect(extractPrograms(`${block('a = 1')}\n${block('>>> 1', '')}`)[0]).toBe('a = 1')
})

test('a fence of tildes, an indented fence and attributes after the language are fences', () => {
  expect(extractPrograms('~~~py\na = 1\n~~~')[0]).toBe('a = 1')
  expect(extractPrograms('1. So:\n   ```python title="x"\n   if a:\n       b\n   ```')[0]).toBe('if a:\n    b')
})

test('a fence that is never closed reaches to the end', () => {
  expect(extractPrograms('```python\na = 1\nb = 2')[0]).toBe('a = 1\nb = 2')
})

test('a longer fence holds shorter ones', () => {
  expect(extractPrograms('````python\n"""\n```\n"""\n````')[0]).toBe('"""\n```\n"""')
})

test('lines may end as on Windows', () => {
  expect(extractPrograms('```python\r\na = 1\r\nb = 2\r\n```')[0]).toBe('a = 1\nb = 2')
})

test('the first indentation of a continuation is kept', () => {
  expect(extractPrograms('    return x\n')).toEqual(['    return x\n'])
})

test('a program between the tags of MBPP is found', () => {
  expect(extractPrograms('[BEGIN]\na = 1\n[DONE]\nrest')).toEqual(['\na = 1\n'])
})

test('an empty solution has no program, and too long a one is not looked at', () => {
  expect(extractPrograms(' \n')).toEqual([])
  expect(extractPrograms('x'.repeat(longestProgram + 1))).toEqual([])
})

test('a flood of fences is read in linear time', () => {
  expect(extractPrograms('```\n'.repeat(100_000)).length).toBeLessThan(30)
  expect(extractPrograms('`'.repeat(1_000_000))).toEqual([])
})
