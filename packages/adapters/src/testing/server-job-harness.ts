import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServedCheckpoint, ServingHarness } from '@ratchet/ports/testing/serving-contract.ts'
import { createSystemClock } from '../clock/system-clock.ts'
import type { Scheduler } from '../cluster/scheduler.ts'
import { createJobServing, type JobServingSettings } from '../serving/server-job.ts'
import { deterministicLogprob } from './deterministic-endpoint.ts'

const script = join(dirname(fileURLToPath(import.meta.url)), 'deterministic-server.ts')
const server = [process.execPath, '--import', import.meta.resolve?.('tsx') ?? 'tsx', script, '--host', '0.0.0.0']

/** Servers of the deterministic endpoint, each in a job, with the limits of the tests. */
export function jobServingSettings(directory: string): JobServingSettings {
  return {
    directory,
    command: [...server, '--port', '{port}', '--name', '{name}', '--path', '{path}'],
    startTimeoutSeconds: 60,
    timeLimitMinutes: 10,
    graceSeconds: 2,
    maxInFlight: 4,
    clock: createSystemClock(),
    restMs: 300,
  }
}

/** A checkpoint as the deterministic endpoint serves it. */
export function makeServedCheckpoint(directory: string, label: string): ServedCheckpoint {
  const path = join(directory, label)
  mkdirSync(path, { recursive: true })
  const tokenIds = [...label].map((character) => character.codePointAt(0) ?? 0)
  const logprobs = tokenIds.map((id, index) => (index === 0 ? null : deterministicLogprob(id)))
  return { path, canary: { text: label, tokenIds, logprobs } }
}

/** `directory` must be one that the jobs see too; it is removed at the end. */
export function makeServerJobHarness(directory: string, open: () => Scheduler): ServingHarness {
  const settings = jobServingSettings(join(directory, 'servers'))
  return {
    open: () => createJobServing(open(), settings),
    checkpoints: [makeServedCheckpoint(directory, 'one'), makeServedCheckpoint(directory, 'two')],
    crash: async () => killServers(directory),
    close: async () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** A signal to the servers whose checkpoints are in the directory: SIGSTOP leaves them there, and they answer nothing. */
export function killServers(directory: string, signal: 'SIGKILL' | 'SIGSTOP' = 'SIGKILL'): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      if (words.includes(script) && words.some((word) => word.startsWith(`${directory}/`)))
        process.kill(Number(pid), signal)
    } catch {
      // It has ended meanwhile.
    }
}
