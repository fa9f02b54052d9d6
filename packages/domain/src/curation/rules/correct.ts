import { defineFilter } from '../define-rule.ts'

/** Keeps what the verifier decided to be correct; undecided is not correct. */
export const correct = defineFilter({
  name: 'correct',
  judge: ({ decision }) => (decision === 'correct' ? null : `verdict ${decision}`),
})
