import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const beside = join(dirname(fileURLToPath(import.meta.url)), '../../../../../../../shared/data')

/** The file of a data set in `RATCHET_TEST_DATA`, else beside the repository; null when it is not there. */
export function findData(name: string): string | null {
  const path = join(process.env['RATCHET_TEST_DATA'] ?? beside, `${name}.jsonl`)
  return existsSync(path) ? path : null
}

const LabelledProgram = z.looseObject({
  id: z.string(),
  problem: z.string(),
  answer: z.string(),
  response: z.string(),
  label: z.boolean(),
})
export type LabelledProgram = z.infer<typeof LabelledProgram>

/** Programs that models wrote, each with the tests of its problem and whether it passes them. */
export function readLabelledPrograms(path: string): LabelledProgram[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines.map((line) => LabelledProgram.parse(JSON.parse(line)))
}

const Solved = z.looseObject({ id: z.string(), problem: z.string(), answer: z.string(), solution: z.string() })

/** Problems with their tests and their author's program. */
export function readSolvedProblems(path: string): z.infer<typeof Solved>[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines.map((line) => Solved.parse(JSON.parse(line)))
}
