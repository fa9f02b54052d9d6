import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { remedyOfBase } from './adapter-base.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ratchet-adapter-base-'))
  mkdirSync(join(directory, 'base'))
  symlinkSync(join(directory, 'base'), join(directory, 'link'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const server = 'http://server:8000'

function adapter(name: string, files: Readonly<Record<string, unknown>>): string {
  const path = join(directory, name)
  mkdirSync(path)
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), JSON.stringify(content))
  return path
}

test('both bases are named when they differ, by the manifest rather than by what PEFT notes', () => {
  const path = adapter('both', {
    'manifest.json': { base: { path: '/models/mine', sha256: 'x' } },
    'adapter_config.json': { base_model_name_or_path: '/models/noted' },
  })
  expect(remedyOfBase(path, server, '/models/theirs')).toBe(
    "it was trained on /models/mine, but the server at http://server:8000 was started on /models/theirs: start the server on /models/mine, or make /models/theirs the recipe's baseModel; then start a new iteration",
  )
})

test('an adapter that PEFT alone wrote is known by what PEFT notes', () => {
  const path = adapter('foreign', { 'adapter_config.json': { base_model_name_or_path: '/models/noted' } })
  expect(remedyOfBase(path, server, '/models/theirs')).toContain('it was trained on /models/noted, but')
})

test('a base that is reached by another path is the same', () => {
  const [base, link] = [join(directory, 'base'), join(directory, 'link')]
  const path = adapter('linked', { 'manifest.json': { base: { path: base } } })
  expect(remedyOfBase(path, server, link)).toContain(`it was trained on ${base}, on which the server`)
})

test('where either base is unknown, the server must have the right one', () => {
  const unknown = adapter('unknown', {})
  const known = adapter('known', { 'manifest.json': { base: { path: '/models/mine' } } })
  for (const said of [remedyOfBase(unknown, server, '/models/theirs'), remedyOfBase(known, server, null)])
    expect(said).toMatch(/must be started on the base model that .* was trained on$/)
})
