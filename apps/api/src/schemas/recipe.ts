import { ChatMessage } from '@ratchet/domain/dataset-version.ts'
import { z } from 'zod'
import { FieldError } from './problem-document.ts'

/** What is wrong with a recipe; `ok` when nothing is. */
export const RecipeCheck = z
  .strictObject({ ok: z.boolean(), problems: z.array(FieldError), rounds: z.number().int().nullable() })
  .meta({ id: 'RecipeCheck' })
export type RecipeCheck = z.infer<typeof RecipeCheck>

/** A job as a cluster would be handed it. */
const DryJob = z.strictObject({
  /** The script, manifest or command; ROUND-ID stands for the round's id, CHECKPOINT for what differs between its servers. */
  submitted: z.string(),
  /** Whether the cluster would take it; `unknown` where it could not be asked, or could not place it now. */
  cluster: z.enum(['takes', 'refuses', 'unknown']),
  /** Why it would not, or why that is unknown. */
  reason: z.string().nullable(),
})

/** What starting a recipe would come to; nothing was started and no model asked. */
export const DryRunView = z
  .strictObject({
    rounds: z.number().int(),
    problemCount: z.number().int(),
    /** The first real prompt, as the explorer would see it. */
    firstPrompt: z.array(ChatMessage),
    /** One for each way in which the rounds train. */
    training: z.array(DryJob),
    /** One for each way in which their policies' servers are jobs; empty where none is. */
    servers: z.array(DryJob),
    /** Upper bounds over all rounds. */
    estimates: z.strictObject({ maxRollouts: z.number(), maxCompletionTokens: z.number() }),
  })
  .meta({ id: 'DryRun' })
export type DryRunView = z.infer<typeof DryRunView>
