import { spawn } from 'node:child_process'
import { sourceFile } from '@ratchet/installation/source-file.ts'

/** A program of Ratchet that runs by itself. */
export type Program = {
  readonly pid: number
  /** What it wrote to standard error: notes, then its log. */
  log(): string
  /** Resolves with the first match in what it writes; throws when the program ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>
  /** Resolves with the exit code, or null after SIGKILL. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
}

export function startProgram(
  name: 'api' | 'worker',
  env: Readonly<Record<string, string | undefined>>,
  dataDirectory: string,
  /** What the command begins with, to run it elsewhere, as in another network namespace. */
  within: readonly string[] = [],
): Program {
  const [program = '', ...args] = [
    ...within,
    process.execPath,
    '--import',
    'tsx',
    sourceFile(`apps/${name}/src/main.ts`),
  ]
  const child = spawn(program, args, {
    cwd: sourceFile(''),
    env: { ...env, DATA_DIR: dataDirectory },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let text = ''
  let ended = false
  const ending = new Promise<number | null>((resolve) => child.once('close', resolve))
  void ending.then(() => {
    ended = true
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  return {
    pid: child.pid ?? 0,
    log: () => text,
    async said(pattern) {
      for (;;) {
        const found = pattern.exec(text)
        if (found !== null) return found
        if (ended) throw new Error(`${name} ended: ${text}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    end(signal) {
      child.kill(signal)
      return ending
    },
  }
}
