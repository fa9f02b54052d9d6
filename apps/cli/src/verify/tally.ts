import type { VerifiedRow } from './verify-row.ts'

export type Tally = {
  readonly counts: Readonly<Record<VerifiedRow['verdict'], number>>
  /** Why rows are undecided, most frequent first. */
  readonly undecided: () => readonly (readonly [reason: string, rows: number])[]
  readonly add: (row: VerifiedRow) => void
}

/** Reasons that are told apart; the rest are counted together. */
const mostReasons = 200

export function createTally(): Tally {
  const counts = { correct: 0, incorrect: 0, undecided: 0 }
  const reasons = new Map<string, number>()
  return {
    counts,
    undecided: () => [...reasons].sort(([, first], [, second]) => second - first),
    add: ({ verdict, reason, verifier }) => {
      counts[verdict] += 1
      if (verdict !== 'undecided') return
      const named = verifier === 'none' ? alike(reason) : `${verifier}: ${alike(reason)}`
      const key = reasons.size < mostReasons || reasons.has(named) ? named : 'other reasons'
      reasons.set(key, (reasons.get(key) ?? 0) + 1)
    },
  }
}

/** A reason without what differs from row to row: the line, what is quoted, what a field holds, and the remedy for it. */
function alike(reason: string): string {
  const [line, told] = reason.split(/(?<=^line \d+): /, 2)
  if (told === undefined || line === undefined) return quotesOut(reason)
  const [wrong = told] = quotesOut(told).split('; ', 1)
  return `row cannot be read: ${wrong.replace(/^(?!it )([\w.]+) is (?!missing).*/, '$1 is not what it must be')}`
}

function quotesOut(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, '"…"')
}
