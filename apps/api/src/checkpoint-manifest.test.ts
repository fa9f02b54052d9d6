import { describe, expect, test } from '@jest/globals'
import { CheckpointManifest, manifestLimits } from './checkpoint-manifest.ts'

const file = (path: string) => ({ path, bytes: 1, sha256: 'a'.repeat(64) })
const isTaken = (...files: unknown[]) => CheckpointManifest.safeParse({ format: 1, files }).success

describe('the manifest of a checkpoint', () => {
  test('is read whatever else the trainer wrote into it', () => {
    const manifest = { format: 1, kind: 'adapter', base: { path: '/m' }, files: [file('adapter_model.safetensors')] }
    expect(CheckpointManifest.parse({ ...manifest, canary: null })).toEqual({ format: 1, files: manifest.files })
  })

  test.each(['model.safetensors', 'original/params.json', '1_Pooling/a b.json', '.gitattributes', 'modèle.bin', '...'])(
    'may name the file %s',
    (path) => expect(isTaken(file(path))).toBe(true),
  )

  test.each([
    ['an empty path', ['']],
    ['one from the root', ['/etc/passwd']],
    ['one that leads out', ['..', '../model', 'a/../../model', 'a\\..\\b']],
    ['one with a part that is nothing', ['./model', 'a//b', 'a/']],
    ['one with characters that no store takes', ['a\nb', 'a\u0000b', '\ud800']],
    ['its own', ['manifest.json']],
    ['one too long for a store', ['x'.repeat(241), Array(60).fill('directory').join('/')]],
  ])('may not have %s', (_title, paths) => {
    for (const path of paths) expect(isTaken(file(path))).toBe(false)
  })

  test('may not name a file twice, nor more than can be listed', () => {
    expect(isTaken(file('a'), file('a'))).toBe(false)
    const many = Array.from({ length: manifestLimits.files + 1 }, (_, at) => file(`f${at}`))
    expect(isTaken(...many.slice(1))).toBe(true)
    expect(isTaken(...many)).toBe(false)
  })

  test('may not leave out what proves a file, nor spell it otherwise', () => {
    for (const wrong of [{ bytes: -1 }, { bytes: 0.5 }, { sha256: 'A'.repeat(64) }, { sha256: undefined }])
      expect(isTaken({ ...file('a'), ...wrong })).toBe(false)
  })
})
