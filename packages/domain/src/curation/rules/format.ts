import type { Candidate, CurationContext } from '../candidate.ts'
import { defineFilter } from '../define-rule.ts'

/** Keeps texts that have the recipe's thought format and ended by themselves. */
export const format = defineFilter({
  name: 'format',
  judge: (candidate, _rule, context) => formatFault(candidate, context),
})

/** What is wrong with the form of a candidate's text, or null. */
export function formatFault({ finish, text }: Candidate, context: CurationContext): string | null {
  if (finish === 'error') return 'the rollout failed'
  if (finish === 'length') return 'cut at the token limit'
  const parsed = context.format.parse(text)
  return parsed.ok ? null : parsed.reason
}
