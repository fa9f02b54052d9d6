import type { z } from 'zod'
import { HttpProblem } from './http-problem.ts'

/** Checks an upload whose fields may be in the body or in the query; those of the query win. */
export function parseUpload<Upload>(
  schema: z.ZodType<Upload>,
  body: unknown,
  query: Readonly<Record<string, unknown>>,
): Upload {
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
  const merged = typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body, ...given } : body
  const parsed = schema.safeParse(merged)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues
    .slice(0, 20)
    .map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
  throw new HttpProblem(422, 'invalid-request', 'the upload is not valid; nothing was stored', { errors })
}
