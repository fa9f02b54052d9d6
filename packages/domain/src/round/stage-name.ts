import { z } from 'zod'

/** The stages of a round, in the order in which they run. */
export const stageNames = ['explore', 'score', 'curate', 'train', 'deploy', 'evaluate'] as const
export const StageName = z.enum(stageNames)
export type StageName = z.infer<typeof StageName>

/** The stage after `stage`, or null after the last. */
export function stageAfter(stage: StageName): StageName | null {
  return stageNames[stageNames.indexOf(stage) + 1] ?? null
}
