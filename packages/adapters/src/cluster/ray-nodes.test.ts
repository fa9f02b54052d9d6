import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { createSystemClock } from '../clock/system-clock.ts'
import { rayTestSettings } from '../testing/ray-cluster-harness.ts'
import { createRayScheduler, type RaySettings } from './ray.ts'
import { copyNodesProgram, isPlaced } from './ray-nodes.ts'

const run = {
  name: 'ratchet-job-1',
  directory: "/runs/it's here/attempt-1",
  command: ['train', '--rank', '$RATCHET_NODE_RANK'],
  timeLimitMinutes: 60,
  graceSeconds: 45,
}
const preview = (nodes: number, changed: Partial<RaySettings>): Record<string, unknown> =>
  JSON.parse(
    createRayScheduler({
      ...rayTestSettings({ address: 'http://127.0.0.1:1', token: null }),
      ...changed,
      clock: createSystemClock(),
    }).preview({ ...run, nodes }),
  )

test('a job of one node asks for it itself', () => {
  const job = preview(1, { gpus: 8, cpus: 4, memoryBytes: 1024 })
  expect(job).toMatchObject({ entrypoint_num_gpus: 8, entrypoint_num_cpus: 4, entrypoint_memory: 1024 })
  expect(job['metadata']).toEqual({ started_by: 'ratchet', directory: run.directory })
  expect(job['entrypoint']).toMatch(/\nexec train --rank "\$RATCHET_NODE_RANK" >>trainer.log 2>&1\n$/)
})

test('a job of several nodes asks for nothing, and its program reserves what each must have', () => {
  const job = preview(4, { gpus: 8, cpus: 4, memoryBytes: 1024, resources: { H100: 1 } })
  expect(Object.keys(job).filter((name) => name.startsWith('entrypoint'))).toEqual(['entrypoint'])
  expect(job['metadata']).toEqual({ started_by: 'ratchet', directory: run.directory, nodes: '4' })
  const [first, second, ...script] = String(job['entrypoint']).split('\n')
  expect([first, second]).toEqual([
    "cd '/runs/it'\\''s here/attempt-1' || exit 1",
    `exec python3 over_nodes.py --nodes 4 --grace-seconds 45 --each '{"GPU":8,"CPU":4,"memory":1024,"H100":1}' <<'END_OF_NODE_SCRIPT'`,
  ])
  expect(script.slice(-3)).toEqual([
    'exec env RATCHET_NODE_OF=ratchet-job-1-"$RATCHET_NODE_RANK" train --rank "$RATCHET_NODE_RANK" >>"$log" 2>&1',
    'END_OF_NODE_SCRIPT',
    '',
  ])
})

test('several nodes of which nothing is asked are refused', () => {
  expect(() => preview(2, { cpus: 0 })).toThrow(/set gpus or cpus/)
})

test('the program of such a job lies in its directory, and says there when all nodes have come', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ratchet-nodes-'))
  const program = join(directory, 'source.py')
  writeFileSync(program, 'print()\n')
  copyNodesProgram({ ...run, directory }, program)
  copyNodesProgram({ ...run, directory }, program)
  expect(readFileSync(join(directory, 'over_nodes.py'), 'utf8')).toBe('print()\n')
  expect(isPlaced({ ...run, directory })).toBe(false)
  writeFileSync(join(directory, 'placed.json'), '{}')
  expect(isPlaced({ ...run, directory })).toBe(true)
  rmSync(directory, { recursive: true })
  expect(isPlaced({ ...run, directory })).toBe(false)
})
