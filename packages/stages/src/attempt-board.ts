import { type AcceptanceGoal, settleProblem, usefulLength } from '@ratchet/domain/exploration/acceptance.ts'
import type { ProblemProgress } from '@ratchet/domain/exploration/plan-attempts.ts'
import type { Decision } from '@ratchet/domain/verdict.ts'

type Entry = {
  readonly problemId: string
  readonly attempts: { readonly index: number; readonly decision: Decision }[]
  readonly inFlight: Map<number, AbortController>
  settled: boolean
}

/**
 * Where each problem of a shard stands: attempts that ended and those in flight. Cancels what is in flight and known to be surplus, as
 * soon as that is known.
 */
export class AttemptBoard {
  readonly #goal: AcceptanceGoal
  readonly #entries: ReadonlyMap<string, Entry>
  #inFlight = 0
  #attempts = 0
  #correct = 0

  constructor(problemIds: readonly string[], goal: AcceptanceGoal) {
    this.#goal = goal
    this.#entries = new Map(
      problemIds.map((problemId) => [problemId, { problemId, attempts: [], inFlight: new Map(), settled: false }]),
    )
  }

  /** Attempts in flight, those being cancelled included: they hold a slot until they are gone. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Notes an attempt that ended with a verdict. */
  record(problemId: string, index: number, decision: Decision): void {
    const entry = this.#entry(problemId)
    entry.attempts.push({ index, decision })
    this.#attempts++
    if (decision === 'correct') this.#correct++
    entry.settled = settleProblem(entry.attempts, this.#goal).state !== 'open'
    const end = entry.settled ? 0 : usefulLength(entry.attempts, this.#goal)
    for (const [other, controller] of entry.inFlight)
      if (other >= end && other !== index) controller.abort(new Error('the problem no longer needs this attempt'))
  }

  /** Notes that an attempt starts. The signal is aborted when it is no longer needed. */
  begin(problemId: string, index: number): AbortSignal {
    const controller = new AbortController()
    this.#entry(problemId).inFlight.set(index, controller)
    this.#inFlight++
    return controller.signal
  }

  /** Notes that an attempt is no longer in flight, however it ended. */
  end(problemId: string, index: number): void {
    if (this.#entry(problemId).inFlight.delete(index)) this.#inFlight--
  }

  /** The problems that are not settled. */
  open(): ProblemProgress[] {
    const open: ProblemProgress[] = []
    for (const { problemId, attempts, inFlight, settled } of this.#entries.values())
      if (!settled) open.push({ problemId, attempts, inFlight: [...inFlight.keys()] })
    return open
  }

  /** Settled problems of all. */
  progress(): { readonly done: number; readonly total: number; readonly note: string } {
    let done = 0
    for (const entry of this.#entries.values()) if (entry.settled) done++
    return {
      done,
      total: this.#entries.size,
      note: `${this.#correct} correct of ${this.#attempts} attempts, ${this.#inFlight} in flight`,
    }
  }

  #entry(problemId: string): Entry {
    const entry = this.#entries.get(problemId)
    if (entry === undefined) throw new Error(`the problem ${problemId} is not on this board`)
    return entry
  }
}
