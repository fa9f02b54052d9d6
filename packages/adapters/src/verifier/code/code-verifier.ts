import { tmpdir } from 'node:os'
import type { Verdict } from '@ratchet/domain/verdict.ts'
import type { Verifier } from '@ratchet/ports/verifier.ts'
import { Slots } from '../judge/slots.ts'
import { type CodeLimits, defaultCodeLimits } from './code-limits.ts'
import { extractPrograms, longestProgram } from './extract-programs.ts'
import { missingPackage } from './missing-package.ts'
import { probeIsolation } from './probe-isolation.ts'
import { runSandbox, type SandboxSettings } from './run-sandbox.ts'

export type CodeVerifierSettings = Pick<SandboxSettings, 'python' | 'script' | 'env'> & {
  readonly limits?: Partial<CodeLimits> | undefined
  /** Programs that run at once; each may use its limits to the full. Default 2. */
  readonly atOnce?: number | undefined
  /** Verify also where the system cannot keep a program from the network and from files. Default false: undecided, with the remedy. */
  readonly allowWeakIsolation?: boolean | undefined
  /** Where the probe puts a file for an intruder to find; the system's folder by default. */
  readonly temporaryDirectory?: string | undefined
}

/** Solutions with more characters than this are not read. */
const longestSolution = 8_000_000
/** What a verdict keeps of the program, in characters. */
const longestExtract = 10_000

/**
 * Runs the program of a solution against the test program of its problem, each in a process of its own; the program can neither see the tests
 * nor say how they went. A program that fails, ends or exceeds its limits is incorrect; where the sandbox or the test program is at fault,
 * undecided, and so where the program wants a usual package that is not installed. A sandbox that does not hold on this machine decides nothing. Throws the signal's reason when it is aborted.
 */
export function createCodeVerifier(settings: CodeVerifierSettings): Verifier {
  const { python, script, env, allowWeakIsolation = false } = settings
  const sandbox: SandboxSettings = {
    python,
    script,
    env,
    allowWeakIsolation,
    limits: { ...defaultCodeLimits, ...settings.limits },
  }
  const slots = new Slots(settings.atOnce ?? 2)
  const isolated = onceItHolds(() => probeIsolation(sandbox, settings.temporaryDirectory ?? tmpdir()))
  return {
    verify: async (problem, solution, signal = new AbortController().signal) => {
      const { verification, prompt } = problem
      if (verification.kind !== 'code') return verdict('undecided', 'the problem has no test program', null)
      if (solution.length > longestSolution)
        return verdict('undecided', `the solution is longer than ${longestSolution} characters`, null)
      const programs = extractPrograms(solution)
      const [first] = programs
      if (first === undefined)
        return verdict('incorrect', `no program of at most ${longestProgram} characters in the solution`, null)
      const tests = verification.gold.join('\n')
      return await slots.run(async () => {
        const flaw = allowWeakIsolation ? null : await isolated()
        if (flaw !== null) return verdict('undecided', flaw, null)
        const { decision, reason, index } = await runSandbox(sandbox, { programs, tests, prompt }, signal)
        const program = (index === null ? undefined : programs[index]) ?? first
        const missing = decision === 'incorrect' ? missingPackage(reason, program) : null
        return missing === null
          ? verdict(decision, reason, program)
          : verdict(
              'undecided',
              `the program needs ${missing}, which ${python} has not: install it there, or name a Python that has it`,
              program,
            )
      }, signal)
    },
  }
}

/** Probes until the sandbox has held once, several callers at once the same time. Null, or why nothing can be decided. */
function onceItHolds(probe: () => ReturnType<typeof probeIsolation>): () => Promise<string | null> {
  let probing: Promise<string | null> | null = null
  return () => {
    probing ??= probe().then(
      ({ decision, reason }) => {
        if (decision === 'correct') return null
        probing = null
        return reason
      },
      (error: unknown) => {
        probing = null
        return `the sandbox cannot be tried out: ${error instanceof Error ? error.message : String(error)}`
      },
    )
    return probing
  }
}

function verdict(decision: Verdict['decision'], reason: string, program: string | null): Verdict {
  const extracted =
    program === null || program.length <= longestExtract ? program : `${program.slice(0, longestExtract)}…`
  return { decision, reason: reason.slice(0, 300), extracted, verifier: 'code@1' }
}
