import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ensurePythonEnvironment } from '@ratchet/adapters/python/python-environment.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { sourceFile } from './source-file.ts'

export type PythonSettings = {
  readonly dataDirectory: string
  readonly pythonEnvironment: string | null
  readonly env: Readonly<Record<string, string | undefined>>
  readonly note: (line: string) => void
}

/** Where the interpreter is, or will be once it was made. */
export function pythonPath({
  dataDirectory,
  pythonEnvironment,
}: Pick<PythonSettings, 'dataDirectory' | 'pythonEnvironment'>): string {
  return pythonEnvironment ?? join(resolve(dataDirectory), 'python/bin/python')
}

/** Gives the interpreter of trainer and policy server; the first call makes its environment where there is none. Throws PortError. */
export function createPython({
  dataDirectory,
  pythonEnvironment,
  env,
  note,
}: PythonSettings): (signal?: AbortSignal) => Promise<string> {
  let making: Promise<string> | null = null
  return async (signal) => {
    if (pythonEnvironment !== null) {
      if (!pythonEnvironment.includes('/') || existsSync(pythonEnvironment)) return pythonEnvironment
      throw new PortError(
        `RATCHET_PYTHON names ${pythonEnvironment}, which does not exist: correct it, or unset it and an environment is made`,
        { retryable: false },
      )
    }
    making ??= ensurePythonEnvironment({
      venv: join(dataDirectory, 'python'),
      script: sourceFile('infra/python/ensure.py'),
      env,
      onProgress: note,
      ...(signal === undefined ? {} : { signal }),
    }).then(({ python }) => python)
    try {
      return await making
    } catch (error) {
      making = null
      const reason = error instanceof Error ? error.message : String(error)
      throw new PortError(reason, { retryable: false, cause: error })
    }
  }
}
