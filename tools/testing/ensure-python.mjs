import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root, runCommand } from './run-command.mjs'

/**
 * The interpreter of the Python environment: `RATCHET_PYTHON`; else that of the environment which the quickstart made; else
 * one under `.cache`, made now where there is none, which takes minutes once. Throws when there can be none.
 */
export async function ensurePython() {
  const given = process.env['RATCHET_PYTHON']
  if (given) return given
  const finished = existsSync(join(root, '.ratchet/python/ratchet-environment.json'))
  const venv = join(root, finished ? '.ratchet/python' : '.cache/python')
  const ensure = [join(root, 'infra/python/ensure.py'), '--venv', venv]
  const { code, output } = await runCommand(process.env['PYTHON'] ?? 'python3', ensure, {
    quiet: true,
    onStart: (child) => child.stderr.on('data', (chunk) => process.stderr.write(chunk)),
  })
  const [line] = output.trim().split('\n').slice(-1)
  try {
    if (code === 0) return JSON.parse(line).python
  } catch {
    // What it said instead is below.
  }
  throw new Error(line || `infra/python/ensure.py ended with ${code}`)
}
