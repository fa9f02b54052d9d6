import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { errorCode } from './error-code.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'
import { explainFailure } from './postgres-failure.ts'

/** An initialised data directory and its superuser's password. */
export type Cluster = { readonly data: string; readonly password: string }

/**
 * The database cluster in a directory, made when absent. It is made aside and appears, data and password together, by one
 * rename: a start that is cut off leaves nothing half-made, and of several at once the first to finish wins.
 */
export async function ensureCluster(directory: string): Promise<Cluster> {
  const home = join(directory, 'cluster')
  return readCluster(home) ?? (await makeCluster(directory, home))
}

/** Null when there is none yet. */
export function readCluster(home: string): Cluster | null {
  const data = join(home, 'data')
  let password: string
  try {
    password = readFileSync(join(home, 'password'), 'utf8').trim()
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT') return null
    throw new Error(
      `cannot read ${join(home, 'password')}: the database belongs to another user; run as that user, or choose another directory`,
      {
        cause: error,
      },
    )
  }
  return { data, password }
}

async function makeCluster(directory: string, home: string): Promise<Cluster> {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new Error(`cannot write to ${directory}: choose another directory`, { cause: error })
  }
  removeLeftovers(directory)
  const staging = mkdtempSync(join(directory, 'new-'))
  chmodSync(staging, 0o755)
  try {
    const password = randomBytes(18).toString('base64url')
    await initialise(join(staging, 'data'), password, directory)
    writeFileSync(join(staging, 'password'), `${password}\n`, { mode: 0o600 })
    renameSync(staging, home)
  } catch (error) {
    rmSync(staging, { recursive: true, force: true })
    const code = errorCode(error)
    if (code === 'ENOSPC') throw explainFailure('initialise', directory, 'No space left on device')
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
  }
  const cluster = readCluster(home)
  if (cluster === null) throw new Error(`${home} disappeared while it was being made`)
  return cluster
}

async function initialise(data: string, password: string, directory: string): Promise<void> {
  const binaries = findPostgresBinaries()
  mkdirSync(data, { mode: 0o700 })
  binaries.own(data)
  const passwordFile = join(tmpdir(), `initdb-${randomBytes(6).toString('hex')}`)
  writeFileSync(passwordFile, password, { mode: 0o600 })
  binaries.own(passwordFile)
  const args = [
    '-D',
    data,
    '-U',
    'postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
  ]
  const [command, all] = binaries.command('initdb', args)
  try {
    await promisify(execFile)(command, [...all], binaries.spawnOptions)
  } catch (error) {
    const output = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : ''
    throw explainFailure('initialise', directory, output || String(error))
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

/** What starts that were cut off left behind, once nobody can still be at it. */
function removeLeftovers(directory: string): void {
  const tenMinutesAgo = Date.now() - 600_000
  for (const name of readdirSync(directory)) {
    const path = join(directory, name)
    if (name.startsWith('new-') && statSync(path).mtimeMs < tenMinutesAgo)
      rmSync(path, { recursive: true, force: true })
  }
}
