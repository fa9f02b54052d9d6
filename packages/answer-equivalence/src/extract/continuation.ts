/** A next problem, as a base model goes on to after its answer to the one it was shown. */
const next = /\n[ \t]{0,4}(?:\*\*)?(?:Q|Question|Problem|Human|User)(?:\*\*)?\s?:/g

const answered = /####\s{0,3}\S|\\boxed\s?\{|\banswer(?: is|:)\s{0,3}\S/i

/** Up to where a text that has answered begins another problem. Linear in its length. */
export function withoutContinuation(text: string): string {
  let first = -1
  for (const match of text.matchAll(next)) {
    if (first === -1) first = text.search(answered)
    if (first === -1) return text
    if (match.index > first) return text.slice(0, match.index)
  }
  return text
}
