import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { LabelledRow } from './labelled-row.ts'
import type { MeasuredVerdict } from './measured-verdict.ts'

export interface MathVerifyVerdict extends MeasuredVerdict {
  readonly cpuMs: number
}

/** Math-Verify in one process of its own. */
export interface MathVerify {
  /** Of Math-Verify, SymPy and Python. */
  readonly versions: string
  /** One row at a time. Rejects when the process ended. */
  check(row: LabelledRow): Promise<MathVerifyVerdict>
  close(): void
}

interface Answer {
  readonly verdict: boolean | null
  readonly extracted: string | null
  readonly error: string | null
  readonly timeouts: number
  readonly wallMs: number
  readonly cpuMs: number
}

/** Starts it and waits until its modules are imported, which no row's time holds. */
export async function startMathVerify(python: string): Promise<MathVerify> {
  const script = fileURLToPath(new URL('./math_verify_rows.py', import.meta.url))
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'pipe'] })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const complaint = lastOutput(child)
  const next = async () => {
    const { value, done } = await answers.next()
    if (done) throw new Error(`Math-Verify's process ended: ${complaint()}`)
    return value
  }
  child.stdin.on('error', () => {})
  const { version, sympy, python: interpreter } = JSON.parse(await next())
  return {
    versions: `math-verify ${version}, sympy ${sympy}, Python ${interpreter}`,
    async check({ response, gold }) {
      child.stdin.write(`${JSON.stringify({ response, gold })}\n`)
      return measured(JSON.parse(await next()))
    },
    close: () => child.kill('SIGKILL'),
  }
}

function measured({ verdict, extracted, error, timeouts, wallMs, cpuMs }: Answer): MathVerifyVerdict {
  const decision = verdict === null ? 'undecided' : verdict ? 'correct' : 'incorrect'
  const reasons = [...(error === null ? [] : [error]), ...(timeouts > 0 ? ['a time limit was hit'] : [])]
  return { decision, reason: reasons.join('; '), extracted, ms: wallMs, cpuMs }
}

/** The end of what a process wrote to its standard error. */
function lastOutput(child: ChildProcess): () => string {
  let tail = ''
  child.stderr?.on('data', (data) => {
    tail = `${tail}${data}`.slice(-2000)
  })
  return () => tail.trim().split('\n').at(-1) ?? ''
}
