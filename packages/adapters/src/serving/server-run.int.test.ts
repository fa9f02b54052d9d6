import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { serverRun, serverRunName, serverUrl } from './server-run.ts'

test.each([
  ['10.0.0.7', 'http://10.0.0.7:'],
  ['fd00::7', 'http://[fd00::7]:'],
])('a job on %s becomes the server, word for word, and leaves its address', (address, url) => {
  const directory = mkdtempSync(join(tmpdir(), "ratchet it's $HOME "))
  const name = { ...serverRunName('policy', directory, 1), directory }
  const { command } = serverRun(name, {
    command: ['printf', '%s|', '--port={port}', "it's {name} $HOME", '{path}'],
    ...{ path: '/models/a b', name: 'policy', timeLimitMinutes: 1, graceSeconds: 1 },
  })
  expect(serverUrl(name)).toBeNull()
  const [program = '', ...args] = command
  const said = execFileSync(program, args, {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], RATCHET_MAIN_ADDRESS: address },
  })
  const found = serverUrl(name)
  expect(found).toMatch(/:2\d{4}$/)
  expect(found?.startsWith(url)).toBe(true)
  expect(said).toBe(`--port=${found?.split(':').at(-1)}|it's policy $HOME|/models/a b|`)
  rmSync(directory, { recursive: true })
})
