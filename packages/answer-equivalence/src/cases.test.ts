import { describe, expect, test } from '@jest/globals'
import { checkAnswer } from './check-answer.ts'
import { allCases } from './testing/cases/all-cases.ts'
import type { Case } from './testing/cases/case.ts'

const short = (text: string) => (text.length > 90 ? `${text.slice(0, 60)} … (${text.length} characters)` : text)

const titled = (each: Case): [string, Case] => {
  const gold = typeof each.gold === 'string' ? each.gold : each.gold.join('` or `')
  const { extract, ...settings } = each.options ?? {}
  const modes = extract === undefined || extract.join() === 'raw' ? {} : { extract }
  const options = JSON.stringify({ ...modes, ...settings })
  const title = `\`${short(gold)}\` ← \`${short(each.response)}\` is ${each.verdict}`
  return [
    [title, options === '{}' ? '' : ` under ${short(options)}`, each.note ? ` (${each.note})` : ''].join(''),
    each,
  ]
}

describe.each(Object.entries(allCases))('%s', (_, cases) => {
  test.each(cases.map(titled))('%s', (_, { gold, response, verdict, orUndecided, options }) => {
    const { decision, reason } = checkAnswer(response, gold, options ?? {})
    const accepted = orUndecided ? [verdict, 'undecided'] : [verdict]
    expect({ decision: accepted.includes(decision) ? verdict : decision, reason }).toEqual({
      decision: verdict,
      reason,
    })
  })
})
