import { spawn } from 'node:child_process'
import { sourceFile } from '@ratchet/installation/source-file.ts'

/** `code` is null when the command had to be killed because it did not end. */
export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

export type RunOptions = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly timeoutMs?: number
  /** SIGINT is sent to the command once it has printed this. */
  readonly interruptAfter?: RegExp
  /** Standard input; `endInput: false` leaves it open. */
  readonly input?: string | Uint8Array
  readonly endInput?: boolean
}

/** Runs `ratchet` as somebody types it. */
export async function runRatchet(args: readonly string[], options: RunOptions): Promise<Ran> {
  const { env, timeoutMs = 120_000, interruptAfter, input, endInput = true } = options
  const child = spawn(process.execPath, [sourceFile('apps/cli/bin/ratchet.mjs'), ...args], {
    env: { ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // It may end before it has read everything.
  child.stdin.on('error', () => {})
  if (input !== undefined) child.stdin.write(input)
  if (endInput) child.stdin.end()
  let stdout = ''
  let stderr = ''
  let interrupted = false
  const look = (): void => {
    if (interruptAfter === undefined || interrupted || !interruptAfter.test(`${stdout}${stderr}`)) return
    interrupted = child.kill('SIGINT')
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    look()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    look()
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  clearTimeout(timer)
  return { code, stdout, stderr }
}
