import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { childEnvironment } from '../detached-process/start-detached.ts'

export type PythonEnvironmentSettings = {
  /** Folder of the environment; made when absent. */
  readonly venv: string
  /** Path of `infra/python/ensure.py`. */
  readonly script: string
  /** `PYTHON` names the interpreter to build on; default `python3`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** One line of progress. */
  readonly onProgress?: (line: string) => void
  readonly signal?: AbortSignal
}

const Ensured = z.object({ python: z.string(), torch: z.string(), backend: z.enum(['cpu', 'cuda']) })
export type PythonEnvironment = z.infer<typeof Ensured>

/**
 * Makes sure that the Python environment of trainer and policy server exists. Idempotent and safe to run several times at
 * once. Throws one sentence with the remedy when there can be none.
 */
export async function ensurePythonEnvironment(settings: PythonEnvironmentSettings): Promise<PythonEnvironment> {
  const interpreter = settings.env['PYTHON'] ?? 'python3'
  const { code, stdout, said } = await run(interpreter, settings)
  if (code !== 0) {
    const reason = said.at(-1) ?? `${interpreter} ended with ${code}`
    throw new Error(reason)
  }
  const line = stdout.trim().split('\n').at(-1) ?? ''
  try {
    return Ensured.parse(JSON.parse(line))
  } catch (error) {
    throw new Error(`${settings.script} did not say where the environment is: ${line.slice(0, 200)}`, { cause: error })
  }
}

function run(interpreter: string, { venv, script, env, onProgress, signal }: PythonEnvironmentSettings) {
  const network = Object.entries(env).filter(([name]) => /^(PIP_.*|UV_.*|https?_proxy|no_proxy)$/i.test(name))
  const child = spawn(interpreter, [script, '--venv', venv], {
    env: { ...childEnvironment(env), ...Object.fromEntries(network) },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  })
  let stdout = ''
  const said: string[] = []
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line)
    onProgress?.(line)
  })
  return new Promise<{ code: number | string; stdout: string; said: string[] }>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (signal?.aborted === true) reject(signal.reason)
      else if (error.code !== 'ENOENT') reject(error)
      else
        reject(
          new Error(`there is no ${interpreter}: install Python 3.10 or newer, or set PYTHON to the path of one`, {
            cause: error,
          }),
        )
    })
    child.once('close', (code, by) => resolve({ code: code ?? by ?? 'no code', stdout, said }))
  })
}
