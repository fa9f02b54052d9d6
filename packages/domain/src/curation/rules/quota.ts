import type { Candidate } from '../candidate.ts'
import { defineRule } from '../define-rule.ts'
import { groupBy } from '../group-by.ts'
import { preferring } from '../preferring.ts'

/** Keeps at most `keep` candidates a problem over all rounds, chosen by `prefer`; ties go to the earlier one. */
export const quota = defineRule({
  name: 'quota',
  reject: (candidates, { keep, prefer }) => {
    const rejections = new Map<Candidate, string>()
    for (const group of groupBy(candidates, (candidate) => candidate.problemId).values())
      for (const [rank, candidate] of group.toSorted(preferring(prefer)).entries())
        if (rank >= keep) rejections.set(candidate, `rank ${rank + 1} > ${keep} by ${prefer}`)
    return rejections
  },
})
