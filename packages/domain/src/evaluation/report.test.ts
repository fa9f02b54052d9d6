import { expect, test } from '@jest/globals'
import { EvaluationReport, type ProblemScore } from './evaluation-report.ts'
import { evaluationReport } from './report.ts'

const head = { iterationId: 'it', roundId: 'r', checkpointId: 'ck', benchmark: 'aime', problemSetId: 'ps', samples: 4 }
const score = (problemId: string, correct: number, samples = 4): ProblemScore => ({
  problemId,
  samples,
  correct,
  completionTokens: 100 * samples,
  truncated: 1,
  majorityCorrect: correct * 2 > samples,
})

test('a report sums up its problems', () => {
  const report = evaluationReport(head, [score('b', 4), score('a', 1)])
  expect(report).toMatchObject({
    problems: 2,
    samples: 4,
    passAtK: { 1: 0.625, 2: 0.75, 4: 1 },
    majorityAtK: 0.5,
    meanCompletionTokens: 100,
    truncatedShare: 0.25,
  })
  expect(report.passAt1.value).toBe(0.625)
  expect(report.scores.map((each) => each.problemId)).toEqual(['a', 'b'])
  expect(EvaluationReport.parse(report)).toEqual(report)
})

test('pass@k stops where a problem has too few attempts', () => {
  expect(Object.keys(evaluationReport(head, [score('a', 1), score('b', 1, 3)]).passAtK)).toEqual(['1', '2'])
})

test('the order of the scores does not matter', () => {
  const scores = [score('a', 1), score('b', 3), score('c', 0)]
  expect(evaluationReport(head, scores.toReversed())).toEqual(evaluationReport(head, scores))
})

test('a report of nothing holds no NaN', () => {
  expect(evaluationReport(head, [])).toMatchObject({ problems: 0, majorityAtK: 0, meanCompletionTokens: 0 })
})
