import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe } from '@jest/globals'
import { describeInference } from '@ratchet/ports/testing/inference-contract.ts'
import { describeServing, type ServedCheckpoint } from '@ratchet/ports/testing/serving-contract.ts'
import { createSystemClock } from '../clock/system-clock.ts'
import { createInferenceDirectory } from '../inference/openai-compatible.ts'
import { findRealPython, noPython, policyServerScript, trainCheckpoint } from '../testing/real-python.ts'
import { runningRequests } from '../testing/running-requests.ts'
import { createEmbeddedPolicyServer, stopEmbeddedPolicyServer } from './embedded-policy-server.ts'

const python = findRealPython()
const suite = python === null ? describe.skip : describe

suite(`the real policy server${python === null ? ` (${noPython})` : ''}`, () => {
  const clock = createSystemClock()
  let directory = ''
  let checkpoints: readonly [ServedCheckpoint, ServedCheckpoint]
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ratchet-real-'))
    checkpoints = [await trainCheckpoint(directory, 1), await trainCheckpoint(directory, 2)]
  }, 300_000)
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  const open = () =>
    createEmbeddedPolicyServer({
      directory,
      server: [python ?? 'python3', policyServerScript],
      maxInFlight: 32,
      env: process.env,
      clock,
      device: 'cpu',
    })
  const stop = () => stopEmbeddedPolicyServer(directory, clock)

  describeServing(
    'the real policy server',
    async () => ({
      open,
      checkpoints,
      crash: async () => {
        process.kill(JSON.parse(readFileSync(join(directory, 'policy-server.json'), 'utf8')).process.pid, 'SIGKILL')
      },
      close: stop,
    }),
    { startsServers: true },
  )

  describeInference('the real policy server', async () => {
    const serving = open()
    const inference = createInferenceDirectory({ env: {} })
    for (;;) {
      const report = await serving.ensure({ name: 'policy', ...checkpoints[0] })
      if (report.state === 'failed') throw new Error(report.reason)
      if (report.state === 'ready') {
        const { served } = report
        return {
          directory: inference,
          served,
          contextTokens: 512,
          prompt: '3+4',
          running: () => runningRequests(served.endpoints[0]?.url ?? ''),
          close: async () => {
            await inference.close()
            await serving.close()
            await stop()
          },
        }
      }
      await sleep(100)
    }
  })
})
