import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { groupIsRunning } from '../detached-process/process-identity.ts'
import { isStopRequested, rayEntrypoint, requestStop } from './ray-entrypoint.ts'
import { runLogFile } from './scheduler.ts'

describe('the script that Ray runs', () => {
  let directory = ''
  let child: ChildProcess | null = null
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "ratchet it's [a] "))
  })
  afterEach(() => {
    if (child?.pid !== undefined && groupIsRunning(child.pid)) process.kill(-child.pid, 'SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })

  const run = (...command: string[]) => ({
    name: 'run-1',
    directory,
    command,
    timeLimitMinutes: 1,
    nodes: 1,
    graceSeconds: 1,
  })
  const start = (...command: string[]) => {
    child = spawn('/bin/sh', ['-c', rayEntrypoint(run(...command))], { detached: true, stdio: 'ignore' })
    return child
  }
  const ended = (process: ChildProcess) => new Promise((resolve) => process.once('exit', resolve))
  const log = () => (existsSync(runLogFile(run())) ? readFileSync(runLogFile(run()), 'utf8') : '')

  test("ends with the trainer's exit code and leaves its words in the log", async () => {
    expect(await ended(start('sh', '-c', 'echo "$1"; exit 85', 'sh', "it's me"))).toBe(85)
    expect(log()).toBe("it's me\n")
  })

  test('starts no trainer once it was stopped', async () => {
    expect(isStopRequested(run())).toBe(false)
    requestStop(run())
    expect(isStopRequested(run())).toBe(true)
    expect(await ended(start('sh', '-c', 'echo began'))).toBe(0)
    expect(log()).toBe('')
  })

  test('asks a trainer to end, once, when it is stopped', async () => {
    const script = "trap 'echo asked' TERM; echo began; for i in 1 2 3 4 5 6 7 8; do sleep 0.4; done; exit 7"
    const trainer = start('sh', '-c', script)
    while (log() === '') await sleep(20)
    requestStop(run())
    expect(await ended(trainer)).toBe(7)
    expect(log()).toBe('began\nasked\n')
  })

  test('leaves nothing running behind the trainer, however that ends', async () => {
    const trainer = start('sh', '-c', 'sleep 300 & sleep 300')
    const end = ended(trainer)
    await sleep(300)
    trainer.kill('SIGKILL')
    await end
    for (const until = Date.now() + 10_000; groupIsRunning(trainer.pid ?? 0) && Date.now() < until; ) await sleep(50)
    expect(groupIsRunning(trainer.pid ?? 0)).toBe(false)
  })

  test('a directory that the machine does not share ends it', async () => {
    rmSync(directory, { recursive: true })
    expect(await ended(start('true'))).not.toBe(0)
    requestStop(run())
    expect(existsSync(directory)).toBe(false)
  })
})
