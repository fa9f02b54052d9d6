import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { thoughtFormat } from '../thought-format/thought-format.ts'
import { checkRecipe } from './check-recipe.ts'

const folder = new URL('../../../../recipes/', import.meta.url)
const files = readdirSync(folder, { encoding: 'utf8', recursive: true }).filter((file) => file.endsWith('.yaml'))
const read = (file: string): unknown => parse(readFileSync(new URL(file, folder), 'utf8'))

test('there are recipes after the papers', () =>
  expect(files).toEqual(expect.arrayContaining(['o1-journey-2.yaml', 's1.yaml', 'still-2.yaml'])))

test.each(files)('%s has no problem', (file) => expect(checkRecipe(read(file))).toMatchObject({ ok: true }))

test('the variant that the comments of still-2.yaml describe has no problem either', () => {
  const text = readFileSync(new URL('still-2.yaml', folder), 'utf8')
  const variant = text.slice(text.indexOf('# overrides:')).replaceAll(/^# ?/gm, '')
  const checked = checkRecipe(parse(text.slice(0, text.indexOf('# overrides:')) + variant))
  expect(checked).toMatchObject({
    ok: true,
    rounds: [{ train: { method: 'sft' } }, {}, {}, { train: { method: 'dpo', dpo: { scope: 'thought' } } }],
  })
})

test('the prompt of still-2.yaml names every marker of the format', () => {
  const checked = checkRecipe(read('still-2.yaml'))
  if (!checked.ok) throw new Error('unreachable')
  for (const marker of thoughtFormat('still')
    .render('', '')
    .split(/\s+|(?<=>)(?=<)/))
    expect(checked.recipe.prompt.user).toContain(marker)
})
