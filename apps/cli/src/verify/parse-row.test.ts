import { expect, test } from '@jest/globals'
import { parseRow } from './parse-row.ts'

const row = { id: 'r', kind: 'math', gold: '4', response: '\\boxed{4}' }
const parse = (text: string) => parseRow({ number: 7, bytes: text.length, ended: true, ok: true, text })

test.each([
  ['a whole row', row],
  ['a row with keys of its own', { ...row, model: 'm', gold_list: [1] }],
  [
    'several golds and every option',
    {
      ...row,
      gold: ['4', 'four'],
      options: { extract: ['boxed', 'raw'], choices: ['a', 'b'], strict: true, decimals: 3, percent: 'exact' },
    },
  ],
  ['a number as id, null where nothing is given', { ...row, id: 12, problem: null, options: null }],
  ['an empty response', { ...row, response: '' }],
])('%s is read', (_title, each) => {
  expect(parse(JSON.stringify(each))).toMatchObject({ ok: true, line: 7, row: { id: each.id } })
})

test.each([
  ['text that is no JSON', '{"id": "r", "kind": ', 'r', 'line 7: it is not JSON; write one JSON object on a line'],
  ['a list', '[1]', null, 'line 7: it is not an object; write {"id", "kind", "gold", "response"}'],
  ['no id', { ...row, id: undefined }, null, 'line 7: id is missing; give the row an id, a text or a number'],
  ['an id that loses digits', '{"id": 12345678901234567890}', null, 'a whole number beyond 2^53 as a text'],
  ['an unknown kind', { ...row, kind: 'maths' }, 'r', 'kind is "maths"; write "math", "choice"'],
  ['a gold that is a number', { ...row, gold: 4 }, 'r', 'gold is 4; write the right answer as a text'],
  ['an empty gold', { ...row, gold: ['4', ''] }, 'r', 'gold'],
  ['several test programs', { ...row, kind: 'code', gold: ['a', 'b'] }, 'r', 'gold: a row of kind code has one'],
  ['no response', { ...row, response: undefined }, 'r', 'response is missing; write what the model wrote'],
  ['a response that is no text', { ...row, response: ['a'] }, 'r', 'response is ["a"]; write what'],
  [
    'an unknown option',
    { ...row, options: { boxed: true, strict: true } },
    'r',
    'options has no "boxed"; write an object',
  ],
  [
    'an unknown place of the answer',
    { ...row, options: { extract: ['box'] } },
    'r',
    'options.extract.0 is "box"; list some of',
  ],
  [
    'an option of another type',
    { ...row, options: { decimals: '2' } },
    'r',
    'options.decimals is "2"; write a whole number',
  ],
])('%s is refused with line, field and remedy', (_title, each, id, reason) => {
  const parsed = parse(typeof each === 'string' ? each : JSON.stringify(each))
  expect(parsed).toMatchObject({ ok: false, id, reason: expect.stringContaining(reason) })
  expect(parsed.ok ? '' : parsed.reason).toMatch(/^line 7: .+; .+/)
})
