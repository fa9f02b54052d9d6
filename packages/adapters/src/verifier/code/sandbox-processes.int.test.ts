import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Problem } from '@ratchet/domain/problem.ts'
import { defaultCodeLimits } from './code-limits.ts'
import { type CodeVerifierSettings, createCodeVerifier } from './code-verifier.ts'
import { sandboxScript } from './testing/interpreters.ts'
import { sandboxProcesses } from './testing/sandbox-processes.ts'

const directory = mkdtempSync(join(tmpdir(), 'ratchet-sandbox-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** An unusual limit, by which the processes of this file are known. */
const threads = 27
const settings: CodeVerifierSettings = {
  python: process.env['PYTHON'] ?? 'python3',
  script: sandboxScript,
  env: process.env,
  limits: { threads },
  temporaryDirectory: directory,
}
const problem: Problem = { id: 'p', prompt: 'Write f.', verification: { kind: 'code', gold: ['assert f(1) == 2'] } }
const increment = 'def f(x):\n    return x + 1'

describe('nothing is decided where', () => {
  test('the system has no isolation, unless weak isolation is allowed', async () => {
    const script = weakened('none', {})
    const verify = (more: object) => createCodeVerifier({ ...settings, ...more, script }).verify(problem, increment)
    const { decision, reason } = await verify({})
    expect([decision, reason]).toEqual(['undecided', expect.stringContaining('allow one of them in the container')])
    expect(await verify({ allowWeakIsolation: true })).toMatchObject({ decision: 'correct' })
  })

  test('the isolation is there but does not hold', async () => {
    const script = weakened('broken', { 'confinement.py': 'def holds(layers): return True' })
    const { decision, reason } = await createCodeVerifier({ ...settings, script }).verify(problem, increment)
    expect([decision, reason]).toEqual(['undecided', expect.stringContaining('the sandbox does not hold here')])
    expect(readdirSync(directory).filter((name) => name.startsWith('ratchet-probe-'))).toEqual([])
  })
})

describe('the processes of a verification end when', () => {
  const endless = 'import time\ndef f(x): time.sleep(1000)'
  const verifier = createCodeVerifier(settings)

  // Has probed the isolation, so that the processes seen below are the program's.
  beforeAll(async () => {
    expect(await verifier.verify(problem, increment)).toMatchObject({ decision: 'correct' })
  })

  test('it is aborted, which throws the reason', async () => {
    const controller = new AbortController()
    const verdict = verifier.verify(problem, endless, controller.signal)
    await untilRunning(3)
    controller.abort(new Error('enough'))
    await expect(verdict).rejects.toThrow('enough')
    await untilRunning(0)
  })

  test('their supervisor is killed', async () => {
    const verdict = verifier.verify(problem, endless)
    const [supervisor] = await untilRunning(3)
    process.kill(supervisor ?? 0, 'SIGKILL')
    expect(await verdict).toMatchObject({ decision: 'undecided', reason: 'the sandbox ended with a signal' })
    await untilRunning(0)
  })

  test('the process that started them dies', async () => {
    const limits = { ...defaultCodeLimits, threads }
    const child = spawn(
      settings.python,
      ['-S', '-s', sandboxScript, JSON.stringify({ limits, allowWeakIsolation: false })],
      { stdio: ['pipe', 'ignore', 'ignore'] },
    )
    child.stdin.write(`${JSON.stringify({ programs: [endless], tests: 'assert f(1) == 2', prompt: '' })}\n`)
    await untilRunning(3)
    child.stdin.end()
    await once(child, 'close')
    await untilRunning(0)
  })
})

/** The sandbox on a system that can do nothing for it, with more lines at the end of some of its modules. */
function weakened(name: string, more: Readonly<Record<string, string>>): string {
  const folder = join(directory, name)
  cpSync(dirname(sandboxScript), folder, { recursive: true })
  const lacking = 'def _lacking(*_all, **_named): raise OSError("not on this system")\n'
  appendFileSync(join(folder, 'namespaces.py'), `\n${lacking}enter = _lacking\n`)
  for (const layer of ['landlock.py', 'seccomp.py'])
    appendFileSync(join(folder, layer), `\n${lacking}restrict = _lacking\n`)
  for (const [module, lines] of Object.entries(more)) appendFileSync(join(folder, module), `\n${lines}\n`)
  return join(folder, 'run.py')
}

async function untilRunning(count: number): Promise<number[]> {
  for (;;) {
    const found = sandboxProcesses(threads)
    if (found.length === count) return found
    await sleep(20)
  }
}
