import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { readYamlFile } from './read-yaml-file.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ratchet-yaml-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

async function file(text: string): Promise<string> {
  const path = join(directory, 'some.yaml')
  await writeFile(path, text)
  return path
}

test('YAML and JSON are read', async () => {
  expect(await readYamlFile(await file('a: [1, two]'))).toEqual({ a: [1, 'two'] })
  expect(await readYamlFile(await file('{"a": 1}'))).toEqual({ a: 1 })
})

test('what is not YAML is a sentence with the place, and nothing behind it', async () => {
  const path = await file('a: 1\nb: [\n')
  await expect(readYamlFile(path)).rejects.toThrow(/ is not YAML: .* at line \d+, column \d+$/)
})

test('a directory and a file that is not there are told in plain words', async () => {
  await expect(readYamlFile(directory)).rejects.toThrow(`${directory} is a directory: name a file`)
  const nowhere = join(directory, 'none')
  await expect(readYamlFile(nowhere)).rejects.toThrow(`there is no file ${nowhere}`)
})
