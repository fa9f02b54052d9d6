export type { AnswerOptions, ExtractionMode } from './answer-options.ts'
export type { AnswerDecision, AnswerVerdict } from './answer-verdict.ts'
export { checkAnswer } from './check-answer.ts'
