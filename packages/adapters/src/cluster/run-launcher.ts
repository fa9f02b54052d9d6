import { spawn } from 'node:child_process'
import { PortError } from '@ratchet/ports/port-error.ts'
import { tempFail } from './temp-fail.ts'

export type LauncherCall = {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

const longestOutput = 4 * 1024 * 1024

/**
 * Runs a launcher's command to its end and gives what it printed. Throws PortError: retryable after exit code 75, a timeout or a
 * signal; for good after every other exit code, with the last line on standard error as the reason, and when there is no such
 * program. What it leaves running in its process group is killed with it at a timeout.
 */
export function runLauncher({ command, env, timeoutMs }: LauncherCall): Promise<string> {
  const [program = '', ...args] = command
  return new Promise((resolve, reject) => {
    const fail = (message: string, retryable: boolean): void => reject(new PortError(message, { retryable }))
    const child = spawn(program, args, { detached: true, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] = (output[name] + text).slice(-longestOutput)
      })
    const timer = setTimeout(() => {
      killGroup(child.pid)
      // What it started elsewhere may hold its output open.
      child.stdout.destroy()
      child.stderr.destroy()
      fail(`${program} did not end within ${timeoutMs / 1000} s`, true)
    }, timeoutMs)
    child.once('error', (error) => {
      clearTimeout(timer)
      fail(`the launcher ${program} cannot be started: ${error.message}`, false)
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) return resolve(output.stdout)
      const said = output.stderr.trim().split('\n').at(-1)?.slice(0, 500)
      if (code === null) fail(`${program} was ended by ${signal}`, true)
      else fail(said || `${program} ended with exit code ${code} and gave no reason`, code === tempFail)
    })
  })
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL')
  } catch {
    // Gone already.
  }
}
