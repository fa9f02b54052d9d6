import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PortError } from '@ratchet/ports/port-error.ts'
import { childEnvironment } from '../detached-process/start-detached.ts'
import { errorCode } from '../embedded/error-code.ts'
import { shellWords } from './shell-words.ts'

export type CommandResult = { readonly code: number; readonly stdout: string; readonly stderr: string }

/**
 * Runs one command to its end. Throws PortError: for good when the program is not there or may not be run, retryable when it takes longer
 * than a minute, its machine cannot be reached, or this machine cannot start one more program now.
 */
export type CommandRunner = (command: readonly string[], input?: string) => Promise<CommandResult>

export type SshSettings = {
  /** As the system's ssh takes it: a host, `user@host`, or a name in its configuration. */
  readonly destination: string
  /** More arguments for ssh, such as `-i` or `-J` with their values. */
  readonly options: readonly string[]
}

const timeoutMs = 60_000

/** Commands on this machine, with these variables more. */
export function localRunner(env: Readonly<Record<string, string | undefined>>): CommandRunner {
  return (command, input) => run(command, input, env)
}

/**
 * Commands on another machine by the system's own ssh, so that its configuration, agent and jump hosts hold. It never asks for a
 * password, and one connection serves all commands of some minutes.
 */
export function sshRunner(
  { destination, options }: SshSettings,
  env: Readonly<Record<string, string | undefined>>,
): CommandRunner {
  const control = [
    '-o',
    'ControlMaster=auto',
    '-o',
    'ControlPersist=300',
    '-o',
    `ControlPath=${join(tmpdir(), 'ratchet-ssh-%C')}`,
  ]
  return async (command, input) => {
    const line = shellWords(command)
    const result = await run(['ssh', '-o', 'BatchMode=yes', ...control, ...options, destination, line], input, env)
    if (result.code === 255)
      throw new PortError(`ssh cannot reach ${destination}: ${lastLine(result.stderr) || 'no reason was given'}`, {
        retryable: true,
      })
    return result
  }
}

/** What Slurm's commands and ssh need of our environment, and no secret of ours: a scheduler may keep what it was called with. */
export function commandEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const named = Object.entries(env).filter(([name]) => /^(SLURM_\w+|SSH_AUTH_SOCK|KRB5\w*)$/.test(name))
  const kept = named.filter((entry): entry is [string, string] => entry[1] !== undefined)
  return { ...childEnvironment(env), ...Object.fromEntries(kept) }
}

export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? ''
}

function run(
  [program = '', ...args]: readonly string[],
  input: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = start(program, args, env)
    child.once('error', (cause) => reject(startFailure(program, cause)))
    // Without a process it may have no streams either.
    if (child.pid === undefined) return
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      if (code !== null) return resolve({ code, stdout, stderr })
      reject(
        new PortError(`${program} was ended by ${signal} after ${timeoutMs / 1000} s at most`, { retryable: true }),
      )
    })
    // A program that reads no input closes it early.
    child.stdin.on('error', () => {})
    child.stdin.end(input ?? '')
  })
}

/** Some failures are thrown, and others are an event of the child. */
function start(program: string, args: readonly string[], env: Readonly<Record<string, string | undefined>>) {
  try {
    return spawn(program, args, { env: { ...env }, stdio: 'pipe' })
  } catch (cause) {
    throw startFailure(program, cause)
  }
}

const neverStarts = new Set(['ENOENT', 'EACCES', 'ENOTDIR'])

function startFailure(program: string, cause: unknown): PortError {
  const why = String(cause).replace(/^Error: /, '')
  return new PortError(`${program} cannot be started: ${why}`, {
    retryable: !neverStarts.has(errorCode(cause) ?? ''),
    cause,
  })
}
