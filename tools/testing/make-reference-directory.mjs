import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Before all end-to-end tests: the directory of the run that they share. The first test that asks for the run makes it there. */
export default function makeReferenceDirectory() {
  process.env['RATCHET_REFERENCE_DIRECTORY'] = mkdtempSync(join(tmpdir(), 'ratchet-reference-'))
}
