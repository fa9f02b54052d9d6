import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run-command.mjs'

/** After all end-to-end tests: stops what runs on the directory that they shared, and removes it. */
export default function removeReferenceDirectory() {
  const directory = process.env['RATCHET_REFERENCE_DIRECTORY']
  if (directory === undefined) return
  const command = [join(root, 'apps/cli/bin/ratchet.mjs'), 'down']
  const env = { ...process.env, DATA_DIR: directory }
  const { status, stderr } = spawnSync(process.execPath, command, { env, encoding: 'utf8', timeout: 120_000 })
  if (status !== 0) throw new Error(`what runs on ${directory} could not be stopped: ${stderr}`)
  rmSync(directory, { recursive: true, force: true })
}
