import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readSettings, usualPort } from '@ratchet/installation/env.ts'
import { untilStopped } from '@ratchet/installation/program.ts'
import { startInstallation } from './installation.ts'
import type { OwnOptions } from './own-options.ts'

const usage = `ratchet up: everything on this machine: database, queue, objects, policy server, API and a worker

  --port N        the API's port (default API_PORT or ${usualPort}; 0 picks a free one)
  --host ADDRESS  where the API listens (default API_HOST or 127.0.0.1; anything else needs RATCHET_API_KEYS)
  --help

DATABASE_URL, REDIS_URL and S3_BUCKET each replace an embedded service by a real one; DATA_DIR holds the embedded ones.
Ctrl-C or \`ratchet down\` stops all of it. Killed at any moment, the same command goes on.
`

/** Runs until it is told to stop. */
export async function runUp({ argv, env, projectDirectory, stdout, stderr }: OwnOptions): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { port: { type: 'string' }, host: { type: 'string' }, help: { type: 'boolean' } },
  })
  if (values.help === true) {
    stdout.write(usage)
    return 0
  }
  if (values.port !== undefined && !(/^\d+$/.test(values.port) && Number(values.port) <= 65_535))
    throw new Error(`--port ${values.port} is no port: write a whole number from 0 to 65535`)
  const settings = readSettings(
    { ...env, API_PORT: values.port ?? env['API_PORT'], API_HOST: values.host ?? env['API_HOST'] },
    projectDirectory,
  )
  const stopped = untilStopped()
  const installation = await startInstallation(settings, {
    note: (line) => void stderr.write(`${line}\n`),
    logFile: join(settings.dataDirectory, 'ratchet.log'),
  })
  stdout.write(`Ratchet is up: ${installation.url} (OpenAPI at ${installation.url}/v1/openapi.json)\n`)
  await stopped
  stderr.write('stopping\n')
  await installation.close()
  return 0
}
