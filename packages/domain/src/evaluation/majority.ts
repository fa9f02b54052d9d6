export type VotedAttempt = { readonly answer: string | null; readonly correct: boolean }

/**
 * Whether the most frequent answer is a correct one. Answers vote by their spelling, white space aside; attempts without an answer do
 * not vote; a tie goes to the answer seen first. False when nobody votes.
 */
export function isMajorityCorrect(attempts: readonly VotedAttempt[]): boolean {
  const votes = new Map<string, { count: number; readonly correct: boolean }>()
  for (const { answer, correct } of attempts) {
    const key = answer?.replaceAll(/\s/g, '') ?? ''
    if (key === '') continue
    const vote = votes.get(key)
    if (vote === undefined) votes.set(key, { count: 1, correct })
    else vote.count++
  }
  let winner = { count: 0, correct: false }
  for (const vote of votes.values()) if (vote.count > winner.count) winner = vote
  return winner.correct
}
