import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClusterHarness } from '@ratchet/ports/testing/cluster-harness.ts'
import { createClusterOn } from '../cluster/cluster-on.ts'
import { type CommandSettings, createCommandScheduler } from '../cluster/command.ts'
import { fakeTrainerSettings, harnessData, losingReplies } from './local-cluster-harness.ts'

const launcher = [process.execPath, join(dirname(fileURLToPath(import.meta.url)), 'launcher.mjs')]

/** The launcher beside this file. */
export const launcherSettings: CommandSettings = {
  submit: [...launcher, 'submit', '{directory}', '{command}'],
  look: [...launcher, 'look', '{directory}'],
  stop: [...launcher, 'stop', '{directory}', '{graceSeconds}'],
  logs: ['tail', '-n', '{lines}', '{directory}/trainer.log'],
  keepsTimeLimits: false,
  env: {},
  inherited: process.env,
}

export async function makeCommandClusterHarness(): Promise<ClusterHarness> {
  const runs = mkdtempSync(join(tmpdir(), 'ratchet-runs-'))
  const base = fakeTrainerSettings(runs)
  return {
    open: (how) => {
      const env: Record<string, string> = how === 'starved' ? { LAUNCHER_IS_FULL: 'yes' } : {}
      const scheduler = createCommandScheduler({ ...launcherSettings, env, clock: base.clock })
      return createClusterOn(how === 'losing-replies' ? losingReplies(scheduler) : scheduler, base)
    },
    hasQueue: true,
    // A look takes a process.
    timeLimitMinutes: 0.05,
    patienceSeconds: 60,
    data: harnessData,
    runDirectory: (jobId) => join(runs, jobId),
    close: async () => rmSync(runs, { recursive: true, force: true }),
  }
}
