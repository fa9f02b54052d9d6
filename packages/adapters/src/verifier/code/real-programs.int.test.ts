import { describe, expect, test } from '@jest/globals'
import type { Problem } from '@ratchet/domain/problem.ts'
import type { Verdict } from '@ratchet/domain/verdict.ts'
import { createCodeVerifier } from './code-verifier.ts'
import { findData, readLabelledPrograms, readSolvedProblems } from './testing/given-data.ts'
import { sandboxScript } from './testing/interpreters.ts'

const verifier = createCodeVerifier({
  python: process.env['PYTHON'] ?? 'python3',
  script: sandboxScript,
  env: process.env,
  atOnce: 2,
})

const problemOf = (row: { id: string; problem: string; answer: string }): Problem => ({
  id: row.id.replaceAll('/', '.'),
  prompt: row.problem,
  verification: { kind: 'code', gold: [row.answer] },
})

describe('programs that models wrote', () => {
  const path = findData('responses_code_reflexion')
  const available = path === null ? test.skip : test
  available(
    path === null ? 'skipped: no responses_code_reflexion.jsonl: the verdict is the label' : 'the verdict is the label',
    async () => {
      const rows = readLabelledPrograms(path ?? '')
      const verdicts = await Promise.all(rows.map((row) => verifier.verify(problemOf(row), row.response)))
      const wrong = rows.flatMap(({ id, label }, index) => {
        const verdict = verdicts[index]
        return verdict?.decision === (label ? 'correct' : 'incorrect') ? [] : [describeVerdict(id, verdict)]
      })
      expect(rows.length).toBeGreaterThan(500)
      expect(wrong).toEqual([])
    },
    170_000,
  )
})

describe.each(['problems_humaneval', 'problems_mbpp'])('the authors of %s', (name) => {
  const path = findData(name)
  const available = path === null ? test.skip : test
  available(
    path === null ? `skipped: no ${name}.jsonl: their programs are correct` : 'their programs are correct',
    async () => {
      const rows = readSolvedProblems(path ?? '')
      const verdicts = await Promise.all(rows.map((row) => verifier.verify(problemOf(row), row.solution)))
      const wrong = rows.flatMap(({ id }, index) => {
        const verdict = verdicts[index]
        return verdict?.decision === 'correct' ? [] : [describeVerdict(id, verdict)]
      })
      expect(wrong).toEqual([])
    },
    170_000,
  )
})

function describeVerdict(id: string, verdict: Verdict | undefined): string {
  return `${id}: ${verdict?.decision}: ${verdict?.reason}`
}
