import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ensurePythonEnvironment } from './python-environment.ts'

let directory = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ratchet-python-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** A stand-in for ensure.py, run by Node in Python's place. */
function ensuring(script: string) {
  const path = join(directory, `ensure-${Math.random()}.cjs`)
  writeFileSync(path, script)
  return { venv: join(directory, 'venv'), script: path, env: { PATH: process.env['PATH'], PYTHON: process.execPath } }
}

describe('the Python environment', () => {
  test('its interpreter is what the script says, and progress is passed on line by line', async () => {
    const lines: string[] = []
    const settings = ensuring(`
      console.error('one'); console.error('two')
      console.log(JSON.stringify({ python: process.argv[3] + '/bin/python', torch: '2', backend: 'cpu' }))`)
    const made = await ensurePythonEnvironment({ ...settings, onProgress: (line) => lines.push(line) })
    expect(made.python).toBe(`${settings.venv}/bin/python`)
    expect(lines).toEqual(['one', 'two'])
  })

  test('a failure is the last thing the script said', async () => {
    const settings = ensuring(`console.error('downloading'); console.error('the disk is full'); process.exit(1)`)
    await expect(ensurePythonEnvironment(settings)).rejects.toThrow('the disk is full')
  })

  test('a missing Python is one sentence with the remedy', async () => {
    const settings = { ...ensuring(''), env: { PYTHON: join(directory, 'no-python') } }
    await expect(ensurePythonEnvironment(settings)).rejects.toThrow(/install Python 3.10 or newer, or set PYTHON/)
  })

  test('a script that says nothing useful is an error', async () => {
    await expect(ensurePythonEnvironment(ensuring(`console.log('hm')`))).rejects.toThrow(/did not say where/)
  })
})
