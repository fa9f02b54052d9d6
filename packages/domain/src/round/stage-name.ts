import { z } from 'zod'

/** The stages of a round, in the order in which they run. */
export const stageNames = ['explore', 'score', 'curate', 'train', 'deploy', 'evaluate'] as const
export const StageName = z.enum(stageNames)
export type StageName = z.infer<typeof StageName>

/** The stage that a round with these results is in, or failed in: the first without one. Null when each has its result. */
export function firstUnfinished(results: Readonly<Partial<Record<StageName, unknown>>>): StageName | null {
  return stageNames.find((stage) => results[stage] === undefined) ?? null
}

/** The stage after `stage`, or null after the last. */
export function stageAfter(stage: StageName): StageName | null {
  return stageNames[stageNames.indexOf(stage) + 1] ?? null
}
