import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { findRealPython, noPython, realCluster, realJob } from '../testing/real-python.ts'

const suite = findRealPython() === null ? describe.skip : describe

suite(`the local cluster with the real trainer${findRealPython() === null ? ` (${noPython})` : ''}`, () => {
  let directory = ''
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'ratchet-real-'))
  })
  afterAll(async () => {
    await realCluster(directory).cancel('real-job')
    rmSync(directory, { recursive: true, force: true })
  })

  test('a trainer that is killed in mid-training resumes and leaves a proven checkpoint', async () => {
    const cluster = realCluster(directory)
    const job = realJob(directory, 'real-job', 1, 60)
    const record = join(directory, 'runs', 'real-job', 'attempt-1', 'process.json')
    let killed = false
    for (;;) {
      const report = await cluster.ensure(job)
      if (report.state === 'failed') throw new Error(report.reason)
      if (report.state === 'succeeded') {
        expect(killed).toBe(true)
        expect(report.attempt).toBe(2)
        expect(report.metrics).toMatchObject({ phases: [{ method: 'sft', steps: 60 }], canary: { text: '3+4' } })
        break
      }
      if (!killed && report.state === 'running' && (report.progress?.step ?? 0) > 20) {
        killed = true
        process.kill(-JSON.parse(readFileSync(record, 'utf8')).process.pid, 'SIGKILL')
      }
      await sleep(50)
    }
    // The trainer's last words come after its result.
    while (!(await cluster.logs('real-job', 3)).includes('succeeded')) await sleep(50)
  })
})
