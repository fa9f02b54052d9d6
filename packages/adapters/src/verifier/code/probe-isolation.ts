import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { runSandbox, type SandboxSettings, type SandboxVerdict } from './run-sandbox.ts'

/**
 * Finds out whether the sandbox holds on this machine: a program in it really tries to connect to a port that listens, to read and write in
 * a folder that everybody may, to signal this process and to start one. Correct when it could do nothing of that; the reason says what is wrong.
 */
export async function probeIsolation(settings: SandboxSettings, temporaryDirectory: string): Promise<SandboxVerdict> {
  const folder = await mkdtemp(join(temporaryDirectory, 'ratchet-probe-'))
  const server = createServer((socket) => socket.destroy())
  try {
    await writeFile(join(folder, 'secret'), 'secret', { mode: 0o644 })
    const port = await listen(server)
    const program = await readFile(join(dirname(settings.script), 'escape_attempts.py'), 'utf8')
    const [secret, within] = [join(folder, 'secret'), folder].map((path) => JSON.stringify(path))
    const tests = `assert escapes(${port}, ${secret}, ${within}, ${process.pid}) == []`
    const probed = await runSandbox(settings, { programs: [program], tests, prompt: '' })
    return probed.decision === 'incorrect'
      ? { ...probed, decision: 'undecided', reason: `the sandbox does not hold here: ${probed.reason}`.slice(0, 300) }
      : probed
  } finally {
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function listen(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
