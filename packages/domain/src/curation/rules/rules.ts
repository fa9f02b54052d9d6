import type { Rule, RuleName } from '../define-rule.ts'
import { correct } from './correct.ts'
import { exactDuplicate } from './exact-duplicate.ts'
import { format } from './format.ts'
import { length } from './length.ts'
import { perplexity } from './perplexity.ts'
import { quota } from './quota.ts'
import { repetition } from './repetition.ts'

/** Every curation rule. A new one is a file, its parameters in the recipe, and a line here. */
export const rules: { readonly [Name in RuleName]: Rule<Name> } = {
  correct,
  format,
  length,
  perplexity,
  repetition,
  'exact-duplicate': exactDuplicate,
  quota,
}
