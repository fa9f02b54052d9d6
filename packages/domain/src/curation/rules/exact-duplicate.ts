import type { Candidate } from '../candidate.ts'
import { defineRule } from '../define-rule.ts'
import { unifyWhitespace } from '../unify-whitespace.ts'

/** Of the same text for the same problem, after white space is unified, keeps the first. */
export const exactDuplicate = defineRule({
  name: 'exact-duplicate',
  reject: (candidates) => {
    const firstOf = new Map<string, Candidate>()
    const rejections = new Map<Candidate, string>()
    for (const candidate of candidates) {
      const key = `${candidate.problemId}\n${unifyWhitespace(candidate.text)}`
      const first = firstOf.get(key)
      if (first === undefined) firstOf.set(key, candidate)
      else rejections.set(candidate, `same text as round ${first.roundIndex}, attempt ${first.index}`)
    }
    return rejections
  },
})
