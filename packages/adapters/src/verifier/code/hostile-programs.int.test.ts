import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Problem } from '@ratchet/domain/problem.ts'
import type { Verdict } from '@ratchet/domain/verdict.ts'
import { createCodeVerifier } from './code-verifier.ts'
import { forgeries, gluttons, intruders, malformed } from './testing/hostile-programs.ts'
import { interpreters, sandboxScript } from './testing/interpreters.ts'
import { sandboxProcesses } from './testing/sandbox-processes.ts'

/** An unusual limit, by which the processes of this file are known: it is in the arguments of every one. */
const threads = 29
const directory = mkdtempSync(join(tmpdir(), 'ratchet-hostile-'))
const open = join(directory, 'open')
mkdirSync(open)
chmodSync(directory, 0o755)
chmodSync(open, 0o777)
writeFileSync(join(open, 'secret'), 'secret')
chmodSync(join(open, 'secret'), 0o666)

let connections = 0
let tcp: Server
let unix: Server
let udp: Socket
const socketPath = join(open, 'socket')

beforeAll(async () => {
  const count = () => {
    connections += 1
  }
  tcp = createServer(count).listen(0, '127.0.0.1')
  unix = createServer(count).listen(socketPath)
  await Promise.all([once(tcp, 'listening'), once(unix, 'listening')])
  chmodSync(socketPath, 0o777)
  udp = createSocket('udp4')
    .on('message', count)
    .bind((tcp.address() as AddressInfo).port, '127.0.0.1')
  await once(udp, 'listening')
})

afterAll(() => {
  tcp.close()
  unix.close()
  udp.close()
  rmSync(directory, { recursive: true, force: true })
})

const code = (test: string): Problem => ({ id: 'p', prompt: 'f', verification: { kind: 'code', gold: [test] } })

describe.each(interpreters(directory))('a hostile program run by $title', ({ python, missing }) => {
  const skippable = missing === null ? test : test.skip
  const titled = (title: string) => (missing === null ? title : `${missing}: ${title}`)
  const verifier = createCodeVerifier({
    python,
    script: sandboxScript,
    env: { ...process.env, RATCHET_SECRET: 'secret' },
    limits: { cpuSeconds: 1, wallSeconds: 3, memoryBytes: 512 * 1024 * 1024, outputBytes: 1024 * 1024, threads },
  })

  afterEach(() => {
    expect(sandboxProcesses(threads)).toEqual([])
    expect(connections).toBe(0)
    expect(readdirSync(open).sort()).toEqual(['secret', 'socket'])
    expect(readFileSync(join(open, 'secret'), 'utf8')).toBe('secret')
  })

  for (const [title, program, reason] of [...forgeries, ...malformed, ...gluttons])
    skippable(titled(`${title}: incorrect, and nothing is left of it`), async () => {
      const verdict = await onAQuietMachine(() => verifier.verify(code('assert f(2) == 3'), program))
      expect(verdict).toMatchObject({
        decision: 'incorrect',
        reason: expect.stringMatching(reason),
        verifier: 'code@1',
      })
      expect(verdict.reason.length).toBeLessThanOrEqual(300)
    })

  for (const [title, program] of intruders)
    skippable(titled(`it cannot ${title}`), async () => {
      const paths = [join(open, 'secret'), '/etc/shadow', '/etc/passwd', sandboxScript, join(homedir(), '.ssh/id_rsa')]
      const folders = [open, directory, '/var/tmp', '/dev/shm', '/proc']
      const { port } = tcp.address() as AddressInfo
      const asked = [paths, folders, port, socketPath, process.pid].map((each) => JSON.stringify(each)).join(', ')
      const verdict = await verifier.verify(code(`done = f(${asked})\nassert done == [], done`), program)
      if (verdict.decision !== 'correct') expect(verdict.reason).toMatch(/OSError|PermissionError/)
    })

  skippable(titled('an honest program passes after all of them'), async () => {
    const verdict = await verifier.verify(code('assert f(2) == 3'), 'def f(x):\n    return x + 1\n')
    expect(verdict).toMatchObject({ decision: 'correct', reason: 'all 1 checks of the test program hold' })
  })
})

/** Asks again, as the loop does, while the machine is too busy to tell whose fault the time is. */
async function onAQuietMachine(ask: () => Promise<Verdict>): Promise<Verdict> {
  for (let more = 5; ; more -= 1) {
    const verdict = await ask()
    if (more === 0 || !verdict.reason.includes('the machine was too busy')) return verdict
  }
}
