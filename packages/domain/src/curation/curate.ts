import type { FunnelStep } from '../dataset-version.ts'
import type { CurationRule } from '../recipe/recipe.ts'
import { type Candidate, type CurationContext, inStableOrder } from './candidate.ts'
import type { CurationDecision } from './curation-decision.ts'
import type { Rejections, RuleName, RuleParameters } from './define-rule.ts'
import { rules as registry } from './rules/rules.ts'

export type { Candidate, CurationContext } from './candidate.ts'

/** `decisions` has one for every candidate; `funnel` one step a rule. All in stable order: round, problem id, index. */
export type Curated = {
  readonly kept: readonly Candidate[]
  readonly decisions: readonly CurationDecision[]
  readonly funnel: readonly FunnelStep[]
}

/** Applies rules one after the other, each to what the ones before it left. The order of `candidates` does not matter. */
export function curate(
  candidates: readonly Candidate[],
  rules: readonly CurationRule[],
  context: CurationContext,
): Curated {
  const ordered = candidates.toSorted(inStableOrder)
  const rejected = new Map<Candidate, { readonly rule: string; readonly value: string }>()
  const funnel: FunnelStep[] = []
  let kept: readonly Candidate[] = ordered
  for (const rule of rules) {
    const rejections = reject(kept, rule, context)
    const left = kept.filter((candidate) => !rejections.has(candidate))
    for (const [candidate, value] of rejections) rejected.set(candidate, { rule: rule.rule, value })
    funnel.push({ rule: rule.rule, before: kept.length, after: left.length })
    kept = left
  }
  const decisions = ordered.map((candidate) => {
    const by = rejected.get(candidate)
    return {
      trajectoryId: candidate.trajectoryId,
      kept: by === undefined,
      rule: by?.rule ?? null,
      value: by?.value ?? null,
    }
  })
  return { kept, decisions, funnel }
}

/** The parameters of some rule, in a form that lets the compiler pair them with that rule. */
type Parameters<Name extends RuleName> = { [Each in Name]: RuleParameters<Each> & { readonly rule: Each } }[Name]

function reject<Name extends RuleName>(
  candidates: readonly Candidate[],
  parameters: Parameters<Name>,
  context: CurationContext,
): Rejections {
  const name: Name = parameters.rule
  return registry[name].reject(candidates, parameters, context)
}
