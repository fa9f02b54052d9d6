import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { Decision } from '@ratchet/domain/verdict.ts'
import { z } from 'zod'
import type { CodeLimits } from './code-limits.ts'

export type SandboxSettings = {
  /** Name or path of the interpreter, Python 3.10 or newer; its installed packages are the program's. */
  readonly python: string
  /** Path of `infra/code-sandbox/run.py`. */
  readonly script: string
  /** Only `PATH` and `LD_LIBRARY_PATH` are passed on, so that the interpreter is found; a program sees neither. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly limits: CodeLimits
  readonly allowWeakIsolation: boolean
}

export type SandboxRequest = {
  /** Texts of which one is the program, the likeliest first. */
  readonly programs: readonly string[]
  readonly tests: string
  readonly prompt: string
}

/** `index` is the text that was tested, if any; `layers` what kept it apart. */
export const SandboxVerdict = z.object({
  decision: Decision,
  reason: z.string().max(300),
  index: z.number().int().min(0).nullable(),
  layers: z.array(z.string()),
})
export type SandboxVerdict = z.infer<typeof SandboxVerdict>

const longestAnswer = 100_000
/** On top of twice the wall limit, after which the sandbox ends itself, in seconds. */
const graceSeconds = 90

/**
 * Runs one program against its tests, in processes that are gone when this returns. Undecided when the sandbox itself fails. Throws the
 * signal's reason when it is aborted.
 */
export async function runSandbox(
  settings: SandboxSettings,
  request: SandboxRequest,
  signal?: AbortSignal,
): Promise<SandboxVerdict> {
  signal?.throwIfAborted()
  const { python, script, limits, allowWeakIsolation } = settings
  const child = spawn(python, ['-S', '-s', script, JSON.stringify({ limits, allowWeakIsolation })], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: environment(settings.env),
  })
  const kill = () => killGroup(child.pid)
  signal?.addEventListener('abort', kill)
  const timer = setTimeout(kill, (2 * limits.wallSeconds + graceSeconds) * 1000)
  try {
    const ended = await converse(child, `${JSON.stringify(request)}\n`)
    signal?.throwIfAborted()
    return typeof ended === 'string' ? undecided(ended) : read(ended)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', kill)
    kill()
  }
}

type Ended = { readonly answer: string; readonly said: string; readonly code: number | null }

/** What the child said, or why it cannot be started. Its input stays open as long as it runs: the end of it would cancel. */
function converse(child: ChildProcessByStdio<Writable, Readable, Readable>, request: string): Promise<Ended | string> {
  let answer = ''
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (answer.length < longestAnswer) answer += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said = (said + chunk).slice(-2000)
  })
  // A child that has ended without reading says why in another way.
  child.stdin.on('error', () => {})
  child.stdin.write(request)
  return new Promise((resolve) => {
    child.once('error', ({ message }) =>
      resolve(`Python cannot be started: ${message}; install Python 3.10 or newer, or name one`),
    )
    child.once('close', (code) => resolve({ answer, said, code }))
  })
}

function read({ answer, said, code }: Ended): SandboxVerdict {
  try {
    return SandboxVerdict.parse(JSON.parse(answer))
  } catch {
    const last = said.trim().split('\n').at(-1) ?? ''
    return undecided(`the sandbox ended with ${code ?? 'a signal'}${last === '' ? '' : `: ${last}`}`)
  }
}

function undecided(reason: string): SandboxVerdict {
  return { decision: 'undecided', reason: reason.slice(0, 300), index: null, layers: [] }
}

function environment(env: SandboxSettings['env']): Record<string, string> {
  const found = ['PATH', 'LD_LIBRARY_PATH'].flatMap((name) => {
    const value = env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  // One order of sets and dictionaries everywhere: a verdict must not depend on chance.
  return { ...Object.fromEntries(found), PYTHONHASHSEED: '0' }
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // Gone already.
  }
}
