import { z } from 'zod'
import { ProblemDocument } from './schemas/problem-document.ts'

const problem = {
  description: 'A problem document (RFC 9457) that names the field and the remedy.',
  content: { 'application/problem+json': { schema: ProblemDocument } },
}

/** The errors every route may answer with, to be put beside its own responses. */
export const problems = { '4xx': problem, '5xx': problem } as const

/** A response that is a stream of text or bytes. */
export function streamOf(
  contentType: string,
  description: string,
): { description: string; content: Record<string, { schema: z.ZodType<unknown> }> } {
  return { description, content: { [contentType]: { schema: z.string() } } }
}
