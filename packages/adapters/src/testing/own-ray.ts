import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..')

/** Whether a test can have a Ray cluster of its own. */
export const canStartRay = existsSync(join(root, '.cache/ray/installed'))

export type OwnRay = {
  readonly address: string
  readonly token: string
  /** Kills the head and its node's daemons at once. What becomes of jobs is Ray's affair. */
  crash(): void
  /** The same for the last of several nodes. */
  loseNode(): void
  close(): Promise<void>
}

/** A Ray cluster that a test may break. */
export async function startOwnRay(nodes = 1): Promise<OwnRay> {
  const { RAY_TEST: _address, RAY_TEST_TOKEN: _token, ...env } = process.env
  const child = spawn(process.execPath, ['tools/services/ray.mjs', String(nodes)], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const [, address, token] = await firstAnswer(child)
  if (address === undefined || token === undefined) throw new Error('Ray did not start')
  return {
    address,
    token,
    crash: () => kill(leadersOf(child)[0]),
    loseNode: () => kill(leadersOf(child).at(-1)),
    close: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** The leader of each node's process group, the head's first. */
function leadersOf(child: ChildProcess): string[] {
  return readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')
}

function kill(leader: string | undefined): void {
  process.kill(-Number(leader), 'SIGKILL')
}

function firstAnswer(child: ChildProcess): Promise<readonly (string | undefined)[]> {
  return new Promise((resolve, reject) => {
    let output = ''
    let complaint = ''
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      complaint += chunk
    })
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      const found = /RAY_TEST=(\S+) RAY_TEST_TOKEN=(\S+)\n/.exec(output)
      if (found !== null) resolve(found)
    })
    child.once('exit', () => reject(new Error(`Ray did not start: ${complaint}`)))
  })
}
