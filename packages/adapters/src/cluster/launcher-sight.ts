import { PortError } from '@ratchet/ports/port-error.ts'
import { z } from 'zod'

/** What a launcher's `look` prints, as one line of JSON, the last one of its output. */
export const LauncherSight = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('absent') }),
  z.strictObject({
    state: z.literal('waiting'),
    reason: z.string(),
    queuePosition: z.number().int().min(0).nullable().default(null),
    hopeless: z.boolean().default(false),
  }),
  z.strictObject({
    state: z.literal('running'),
    /** Absent or null: since it was first seen. */
    since: z.iso
      .datetime({ offset: true })
      .transform((text) => new Date(text))
      .nullable()
      .default(null),
  }),
  z.strictObject({
    state: z.literal('ended'),
    cause: z.enum(['exited', 'preempted', 'node-lost', 'no-room', 'time-limit', 'stopped', 'impossible']),
    detail: z.string().default(''),
  }),
])
export type LauncherSight = z.infer<typeof LauncherSight>

/** Throws PortError, for good, when the line is not what it should be. */
export function parseLauncherSight(output: string): LauncherSight {
  const line = output.trim().split('\n').at(-1) ?? ''
  const parsed = LauncherSight.safeParse(parseJson(line))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`
  throw new PortError(
    `the launcher's look printed ${JSON.stringify(line.slice(0, 200))}, which is not what a run looks like (${issue?.message}${where}): print one line of JSON, as in {"state":"running"}`,
    { retryable: false },
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
