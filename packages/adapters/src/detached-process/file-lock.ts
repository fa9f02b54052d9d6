import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { identify, isRunning, ProcessIdentity } from './process-identity.ts'

const Owner = z.strictObject({ ...ProcessIdentity.shape, token: z.string() })

export type FileLock = { release(): void }

/**
 * Takes a lock among all processes of this machine, or returns null when a living one holds it, this one included. The lock of a
 * process that died is taken over.
 */
export function tryLock(path: string): FileLock | null {
  mkdirSync(dirname(path), { recursive: true })
  const self = identify(process.pid)
  if (self === null) throw new Error('this process cannot find itself')
  const mine = JSON.stringify({ ...self, token: randomUUID() })
  // Linked into place whole: nobody ever reads a half-written owner.
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, mine)
  try {
    for (let tries = 0; tries < 3; tries += 1) {
      if (link(draft, path)) return { release: () => releaseLock(path, mine) }
      const held = read(path)
      if (held === null) continue
      const owner = parseOwner(held)
      if (owner !== null && isRunning(owner)) return null
      moveAside(path, held)
    }
    return null
  } finally {
    rmSync(draft, { force: true })
  }
}

function releaseLock(path: string, mine: string): void {
  if (read(path) === mine) rmSync(path, { force: true })
}

/** Removes a dead owner's lock, unless somebody else has taken it over since. */
function moveAside(path: string, dead: string): void {
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  if (read(aside) !== dead) link(aside, path)
  rmSync(aside, { force: true })
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function parseOwner(content: string): ProcessIdentity | null {
  try {
    const { pid, startTime } = Owner.parse(JSON.parse(content))
    return { pid, startTime }
  } catch {
    return null
  }
}
