import { createHash } from 'node:crypto'
import type { Problem } from '@ratchet/domain/problem.ts'
import type { Verdict } from '@ratchet/domain/verdict.ts'
import type { Verifier } from '@ratchet/ports/verifier.ts'

/** Two verdicts on one solution, for counting how often they differ. */
export type Comparison = { readonly problemId: string; readonly first: Verdict; readonly second: Verdict }

export type SecondOpinionSettings = {
  readonly first: Verifier
  readonly judge: Verifier
  /** Whether the judge decides what the first leaves undecided. */
  readonly undecided: boolean
  /** Share of the decided ones, 0 to 1, that the judge looks at too. Drawn from problem and solution, so it is always the same ones. */
  readonly share: number
  readonly onComparison?: (comparison: Comparison) => void
}

/**
 * Asks a judge for what the first verifier leaves undecided: its decision counts then. Of what the first has decided the judge sees a
 * share, and changes nothing: the reason says whether it agrees. Where the judge is undecided too, the first verdict stands.
 */
export function createSecondOpinion(settings: SecondOpinionSettings): Verifier {
  const { first, judge, undecided, share, onComparison } = settings
  return {
    async verify(problem, solution, signal) {
      const verdict = await first.verify(problem, solution, signal)
      const isOpen = verdict.decision === 'undecided'
      if (isOpen ? !undecided : !isDrawn(problem, solution, share)) return verdict
      const second = await judge.verify(problem, solution, signal)
      onComparison?.({ problemId: problem.id, first: verdict, second })
      if (isOpen && second.decision !== 'undecided')
        return { ...second, reason: `${second.reason}; ${verdict.verifier} was undecided: ${short(verdict.reason)}` }
      return { ...verdict, reason: `${verdict.reason}; ${wordOf(verdict, second)}` }
    },
  }
}

function wordOf(first: Verdict, second: Verdict): string {
  if (second.decision === 'undecided') return `${second.verifier} is undecided: ${short(second.reason)}`
  return `${second.verifier} ${second.decision === first.decision ? 'agrees' : 'disagrees'}`
}

function isDrawn({ id }: Problem, solution: string, share: number): boolean {
  const hash = createHash('sha256').update(`${id}\n${solution}`).digest()
  return hash.readUInt32BE(0) / 2 ** 32 < share
}

function short(reason: string): string {
  return reason.length > 120 ? `${reason.slice(0, 119)}…` : reason
}
