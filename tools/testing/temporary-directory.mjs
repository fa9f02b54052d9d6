import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new directory that is removed when this process ends. */
export function createTemporaryDirectory(purpose) {
  const directory = mkdtempSync(join(tmpdir(), `ratchet-${purpose}-`))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  return directory
}
