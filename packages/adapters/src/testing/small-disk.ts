import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs `work` with a file system of one mebibyte, which is gone afterwards. Throws where this user cannot mount one. */
export async function withSmallDisk(work: (path: string) => Promise<void>): Promise<void> {
  const path = mount()
  try {
    await work(path)
  } finally {
    unmount(path)
  }
}

export function canMount(): boolean {
  try {
    unmount(mount())
    return true
  } catch {
    return false
  }
}

function mount(): string {
  const path = mkdtempSync(join(tmpdir(), 'ratchet-small-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' })
    return path
  } catch (error) {
    rmdirSync(path)
    throw error
  }
}

function unmount(path: string): void {
  // A program that is about to end may still be in it.
  execFileSync('umount', ['-l', path])
  rmdirSync(path)
}
