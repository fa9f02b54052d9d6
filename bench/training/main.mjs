// Runs main.py in the Python environment of the trainer, which is made where there is none. Exits with 2 when it cannot.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ensurePython } from '../../tools/testing/ensure-python.mjs'

try {
  const script = fileURLToPath(new URL('main.py', import.meta.url))
  const child = spawn(await ensurePython(), [script, ...process.argv.slice(2)], { stdio: 'inherit' })
  child.on('close', (code) => {
    process.exitCode = code ?? 1
  })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
