import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PortError } from '@ratchet/ports/port-error.ts'
import { childEnvironment } from '../detached-process/start-detached.ts'
import { shellWords } from './shell-words.ts'

export type CommandResult = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** Runs one command to its end. Throws PortError, retryable, when it takes longer than a minute or its machine cannot be reached. */
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
    const child = spawn(program, args, { env: { ...env }, stdio: 'pipe', timeout: timeoutMs, killSignal: 'SIGKILL' })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.once('error', (cause) =>
      reject(new PortError(`${program} cannot be started: ${cause.message}`, { retryable: false, cause })),
    )
    child.once('close', (code, signal) => {
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
