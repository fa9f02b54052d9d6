import { answerPart } from '@ratchet/answer-equivalence/extract/answer-part.ts'

/** Longer responses are cut at the end of their thought before they are compared. */
const long = 1_000_000

/** What a response says outside its thought: what follows the last one that ended, up to one that begins and never ends. */
export function solutionOf(response: string): string {
  return answerPart(response)
}

/** A response for a comparison that cuts the thought itself; of a long one only what follows the thought. */
export function shorten(response: string): string {
  return response.length > long ? solutionOf(response) : response
}
