import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { whyNotReplaceable } from './checkpoint-tensors.ts'

const directory = mkdtempSync(join(tmpdir(), 'ratchet-tensors-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Files of one tensor each, as safetensors writes them. */
function checkpoint(
  name: string,
  files: Readonly<Record<string, { tensor: string; shape: number[]; missing?: number }>>,
) {
  const path = join(directory, name)
  mkdirSync(path)
  writeFileSync(join(path, 'config.json'), '{}')
  for (const [file, { tensor, shape, missing = 0 }] of Object.entries(files)) {
    const bytes = 4 * shape.reduce((product, each) => product * each, 1)
    const header = JSON.stringify({ [tensor]: { dtype: 'F32', shape, data_offsets: [0, bytes] } })
    const size = Buffer.alloc(8)
    size.writeBigUInt64LE(BigInt(header.length))
    writeFileSync(join(path, file), Buffer.concat([size, Buffer.from(header), Buffer.alloc(bytes - missing)]))
  }
  return path
}

const started = checkpoint('started', { 'model.safetensors': { tensor: 'a', shape: [2, 3] } })

test('the same tensors may replace each other, in however many files', () => {
  const one = checkpoint('one', {
    '1.safetensors': { tensor: 'a', shape: [2, 3] },
    '2.safetensors': { tensor: 'b', shape: [4] },
  })
  const other = checkpoint('other', {
    'a.safetensors': { tensor: 'b', shape: [4] },
    'b.safetensors': { tensor: 'a', shape: [2, 3] },
  })
  expect(whyNotReplaceable(one, other)).toBeNull()
})

test('another shape is named, and a start path that is not here is not compared', () => {
  const wide = checkpoint('wide', { 'model.safetensors': { tensor: 'a', shape: [2, 4] } })
  expect(whyNotReplaceable(started, wide)).toMatch(/a is 2×4, not 2×3/)
  expect(whyNotReplaceable('org/model', wide)).toBeNull()
})

test('a file that lacks its end, and a directory without weights, are named', () => {
  const short = checkpoint('short', { 'model.safetensors': { tensor: 'a', shape: [2, 3], missing: 1 } })
  expect(whyNotReplaceable(started, short)).toMatch(/short\/model.safetensors is not whole/)
  expect(whyNotReplaceable(started, checkpoint('none', {}))).toMatch(/there are no weights/)
})
