import { Problem } from '@ratchet/domain/problem.ts'
import { z } from 'zod'

/** A name for people; letters, digits, dots, underscores and hyphens. */
export const SetName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/, 'letters, digits, dots, underscores and hyphens, at most 120')

/** A problem; one schema wherever it is shown, since OpenAPI names it once. */
export const ProblemView = Problem.meta({ id: 'Problem' })

export const ProblemSetView = z
  .strictObject({ id: z.string(), name: z.string(), count: z.number().int() })
  .meta({ id: 'ProblemSet' })
export type ProblemSetView = z.infer<typeof ProblemSetView>

export const ProblemUpload = z
  .strictObject({ name: SetName, problems: z.array(Problem).min(1) })
  .meta({ id: 'ProblemUpload' })
