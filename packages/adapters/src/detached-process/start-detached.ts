import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { PortError } from '@ratchet/ports/port-error.ts'
import { identify, type ProcessIdentity } from './process-identity.ts'

export type DetachedCommand = {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly directory: string
  /** Standard output and error are appended here. */
  readonly logFile: string
}

/**
 * Starts a program in a process group of its own; it outlives this process. Throws PortError when the program cannot be started. Null when it has ended already.
 */
export async function startDetached({
  command,
  env,
  directory,
  logFile,
}: DetachedCommand): Promise<ProcessIdentity | null> {
  const [program, ...args] = command
  if (program === undefined) throw new Error('the command to start is empty')
  const log = openSync(logFile, 'a', 0o600)
  try {
    const child = spawn(program, args, { detached: true, cwd: directory, env: { ...env }, stdio: ['ignore', log, log] })
    child.unref()
    if (child.pid !== undefined) {
      child.on('error', () => {})
      return identify(child.pid)
    }
    const error = await new Promise<Error>((resolve) => child.once('error', resolve))
    throw new PortError(`${program} cannot be started: ${error.message}`, { retryable: false, cause: error })
  } finally {
    closeSync(log)
  }
}

const inherited =
  /^(PATH|HOME|USER|LANG|LC_.*|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|LD_LIBRARY_PATH|SSL_CERT_FILE|NVIDIA_.*|CUDA_.*|ROCR_.*|HIP_.*|HF_.*|OMP_.*|MKL_.*|NCCL_.*|VLLM_.*|PYTORCH_.*)$/

/** What a child needs from our environment: where things are and how the hardware is used, but no secret of ours. */
export function childEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(kept.filter(([name]) => inherited.test(name) && !/TOKEN|KEY|SECRET|PASSWORD/.test(name)))
}
