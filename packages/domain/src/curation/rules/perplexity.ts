import { defineFilter } from '../define-rule.ts'

/** Keeps perplexities within bounds, both included. One that is missing is kept unless `requireScore`; one that is not finite never is. */
export const perplexity = defineFilter({
  name: 'perplexity',
  judge: ({ perplexity }, { min, max, requireScore }) => {
    if (perplexity === null) return requireScore ? 'no perplexity' : null
    if (!Number.isFinite(perplexity)) return `perplexity ${perplexity}`
    const shown = perplexity.toPrecision(6)
    if (perplexity < min) return `perplexity ${shown} < ${min}`
    if (max !== undefined && perplexity > max) return `perplexity ${shown} > ${max}`
    return null
  },
})
