import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

const running = new Set()
let stopped = false
const never = new Promise(() => {})

/**
 * Runs a command in the repository, with nothing to read. `quiet` keeps its output for `output`; else it is shown as it comes.
 * `code` is the exit code, or 1 for a command that a signal ended or that could not start.
 */
export function runCommand(command, args, { env = {}, quiet = false, onStart = () => {} } = {}) {
  if (stopped) return never
  const begun = performance.now()
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
  })
  running.add(child)
  onStart(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk) => {
      output += chunk
    })
  return new Promise((resolve) => {
    const end = (code) => {
      running.delete(child)
      if (!stopped) resolve({ code: code ?? 1, output, seconds: (performance.now() - begun) / 1000 })
    }
    child.once('error', (error) => {
      output += `${command} could not start: ${error.message}\n`
      end(1)
    })
    child.once('close', end)
  })
}

/**
 * Interrupts what is running, so that it can tidy up, and kills it when it does not end. No command comes to its result any
 * more, so that whoever waits for one does not go on: exit after this.
 */
export async function stopCommands() {
  stopped = true
  const children = [...running]
  for (const child of children) child.kill('SIGINT')
  const patience = setTimeout(() => children.forEach((child) => void child.kill('SIGKILL')), 10_000)
  await Promise.all(
    children.map(
      (child) => child.exitCode ?? child.signalCode ?? new Promise((resolve) => child.once('exit', resolve)),
    ),
  )
  clearTimeout(patience)
}
