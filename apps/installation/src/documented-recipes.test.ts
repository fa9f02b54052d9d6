import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { ClusterChoice } from '@ratchet/domain/recipe/cluster-choice.ts'
import { ServingChoice } from '@ratchet/domain/recipe/recipe.ts'
import { parse } from 'yaml'
import { z } from 'zod'
import { sourceFile } from './source-file.ts'

const docs = sourceFile('docs')
const Sections = z.looseObject({ cluster: ClusterChoice.optional(), serving: ServingChoice.optional() })

/** The parts of recipes that the documentation shows, by file. */
const shown = readdirSync(docs, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md'))
  .flatMap((file) =>
    [...readFileSync(join(docs, file), 'utf8').matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text = '']) => ({
      file,
      text,
    })),
  )
  .filter(({ text }) => /^(cluster|serving):/m.test(text))

test('the documentation shows a cluster and a server for each scheduler', () => {
  const files = shown.map(({ file }) => file)
  for (const file of ['clusters/kubernetes.md', 'clusters/ray.md', 'clusters/slurm.md', 'operations.md'])
    expect(files).toContain(file)
})

test.each(shown)('what $file shows of a recipe is accepted: $text', ({ text }) => {
  expect(Sections.safeParse(parse(text)).error?.issues).toBeUndefined()
})
