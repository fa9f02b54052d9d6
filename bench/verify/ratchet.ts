import { createVerifierPool } from '@ratchet/adapters/verifier/pool/verifier-pool.ts'
import { checkAnswer } from '@ratchet/answer-equivalence/index.ts'
import type { LabelledRow } from './labelled-row.ts'
import type { MeasuredVerdict, Spent } from './measured-verdict.ts'

/** Ratchet's verifier with its default options. */
export interface Ratchet {
  /** The rows' verdicts in their order, and what the process spent on them all. */
  checkAll(
    rows: readonly LabelledRow[],
    onVerdict: () => void,
  ): Promise<{ readonly verdicts: MeasuredVerdict[]; readonly spent: Spent }>
  close(): Promise<void>
}

/** As the product runs it: through the pool, with one thread. */
export async function startPooledRatchet(): Promise<Ratchet> {
  const pool = await createVerifierPool({ threads: 1 })
  const check = async ({ gold, response }: LabelledRow) => {
    const { verdict, ms } = await pool.check({ kind: 'math', gold: [gold], options: {} }, response)
    return { ...verdict, ms }
  }
  return {
    checkAll: (rows, onVerdict) =>
      spending(() =>
        Promise.all(
          rows.map(async (row) => {
            const verdict = await check(row)
            onVerdict()
            return verdict
          }),
        ),
      ),
    close: () => pool.close(),
  }
}

/** In this very thread: starts at once, and runs while the pool's own checks of the comparison would refuse it. */
export function startBareRatchet(): Ratchet {
  return {
    checkAll: (rows, onVerdict) =>
      spending(async () =>
        rows.map((row) => {
          onVerdict()
          return checkHere(row)
        }),
      ),
    close: async () => {},
  }
}

function checkHere({ response, gold }: LabelledRow): MeasuredVerdict {
  const started = performance.now()
  try {
    return { ...checkAnswer(response, gold), ms: performance.now() - started }
  } catch (thrown) {
    return { decision: 'undecided', reason: `threw ${thrown}`, extracted: null, ms: performance.now() - started }
  }
}

async function spending(run: () => Promise<MeasuredVerdict[]>) {
  const cpu = process.cpuUsage()
  const started = performance.now()
  const verdicts = await run()
  const wallMs = performance.now() - started
  const { user, system } = process.cpuUsage(cpu)
  return { verdicts, spent: { wallMs, cpuMs: (user + system) / 1000 } }
}
