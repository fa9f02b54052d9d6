/**
 * Curate: choose what to train on and write it as immutable dataset versions.
 *
 * Reads   trajectories, verdicts, perplexities and texts of the round, or of all rounds so far
 * Writes  an SFT version, a preference version where the recipe asks for one, and a decision for every trajectory
 * Again   the same trajectories give the same versions, byte for byte
 */
import { z } from 'zod'
import { runCuration } from './run-curation.ts'
import { score } from './score.ts'
import { defineStage, StageFailed } from './stage.ts'

const Input = z.strictObject({})
const Output = z.strictObject({
  sft: z.string(),
  sftRows: z.number().int(),
  preference: z.string().nullable(),
  preferenceRows: z.number().int(),
})

/** The curation that a round does by itself; a re-curation has an id of its own. */
export const ownCuration = 'recipe'

export const curateStage = defineStage({
  name: 'curate',
  input: Input,
  result: Output,
  output: Output,
  plan: async () => [{}],
  run: async (context) => {
    const { round, recipe } = context
    const scoredUnder = score.outputOf(round).model
    const { sft, preference } = await runCuration(context, {
      curate: recipe.curate,
      curationId: ownCuration,
      scoredUnder,
    })
    return {
      kind: 'done',
      result: {
        sft: sft.id,
        sftRows: sft.manifest.rows,
        preference: preference?.id ?? null,
        preferenceRows: preference?.manifest.rows ?? 0,
      },
    }
  },
  finish: async (_context, [curated]) => {
    if (curated === undefined) throw new StageFailed('nothing was curated')
    return { output: curated }
  },
})
