import { defineFilter } from '../define-rule.ts'

/** Keeps completions whose token count is within bounds, both included, or unknown. STILL-2 drops short ones. */
export const length = defineFilter({
  name: 'length',
  judge: ({ completionTokens }, { minTokens, maxTokens }) => {
    if (completionTokens === null) return null
    if (completionTokens < minTokens) return `tokens ${completionTokens} < ${minTokens}`
    if (maxTokens !== undefined && completionTokens > maxTokens) return `tokens ${completionTokens} > ${maxTokens}`
    return null
  },
})
