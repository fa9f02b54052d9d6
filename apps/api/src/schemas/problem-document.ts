import { z } from 'zod'

/** What is wrong with one field. `path` is dotted, as in `explore.cap`, or names the line of an upload, as in `line 7: id`. */
export const FieldError = z.strictObject({
  path: z.string(),
  message: z.string(),
  remedy: z.string().optional(),
})
export type FieldError = z.infer<typeof FieldError>

/** An error as RFC 9457 has it. `type` names the kind of error and never changes; `detail` is one sentence for people. */
export const ProblemDocument = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    /** The path of the request. */
    instance: z.string(),
    errors: z.array(FieldError),
  })
  .meta({ id: 'ProblemDocument' })
export type ProblemDocument = z.infer<typeof ProblemDocument>
