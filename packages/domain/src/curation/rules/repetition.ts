import { defineFilter } from '../define-rule.ts'
import { repeatedShare } from '../repeated-share.ts'

/** Keeps texts in which the share of word n-grams that repeat an earlier one is at most `maxShare`. */
export const repetition = defineFilter({
  name: 'repetition',
  judge: ({ text }, { ngram, maxShare }) => {
    const share = repeatedShare(text, ngram)
    return share > maxShare ? `share of repeated ${ngram}-grams ${share.toFixed(4)} > ${maxShare}` : null
  },
})
