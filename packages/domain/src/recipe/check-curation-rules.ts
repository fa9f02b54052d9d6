import { at, listAt, numberAt, textAt } from './read-tree.ts'
import type { RecipeProblem } from './recipe-problem.ts'

/** Rules whose bounds let nothing through. Paths begin with `rules`. */
export function checkCurationRules(curate: unknown): readonly RecipeProblem[] {
  return listAt(curate, 'rules').flatMap((rule, index) => {
    const [low, high] = textAt(rule, 'rule') === 'length' ? ['minTokens', 'maxTokens'] : ['min', 'max']
    const least = numberAt(rule, low ?? '')
    const most = numberAt(rule, high ?? '')
    if (least === undefined || most === undefined || least <= most) return []
    return [
      {
        path: `rules.${index}.${low}`,
        message: `the rule "${textAt(rule, 'rule')}" keeps nothing: ${low} ${least} is over ${high} ${most}`,
        remedy: `lower ${low} or raise ${high}`,
      },
    ]
  })
}

/** Whether a curate section has a rule of this name. */
export function hasRule(curate: unknown, name: string): boolean {
  return listAt(curate, 'rules').some((rule) => at(rule, 'rule') === name)
}
