import type { CurationRule } from '../recipe/recipe.ts'
import type { Candidate, CurationContext } from './candidate.ts'

export type RuleName = CurationRule['rule']
export type RuleParameters<Name extends RuleName> = Extract<CurationRule, { rule: Name }>

/** Whom a rule rejects, and the value it measured, as in `tokens 812 > 512`. */
export type Rejections = ReadonlyMap<Candidate, string>

/**
 * A curation rule: looks at all candidates left, in stable order, and says whom it rejects and why. It must depend on nothing else.
 */
export type Rule<Name extends RuleName> = {
  readonly name: Name
  readonly reject: (
    candidates: readonly Candidate[],
    parameters: RuleParameters<Name>,
    context: CurationContext,
  ) => Rejections
}

export function defineRule<Name extends RuleName>(rule: Rule<Name>): Rule<Name> {
  return rule
}

/** A rule that judges each candidate by itself: the value that rejects it, or null. */
export function defineFilter<Name extends RuleName>(filter: {
  readonly name: Name
  readonly judge: (candidate: Candidate, parameters: RuleParameters<Name>, context: CurationContext) => string | null
}): Rule<Name> {
  return {
    name: filter.name,
    reject: (candidates, parameters, context) => {
      const rejections = new Map<Candidate, string>()
      for (const candidate of candidates) {
        const value = filter.judge(candidate, parameters, context)
        if (value !== null) rejections.set(candidate, value)
      }
      return rejections
    },
  }
}
