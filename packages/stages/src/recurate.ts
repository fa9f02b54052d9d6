import type { DatasetVersion } from '@ratchet/domain/dataset-version.ts'
import { checkCurate, type RecipeProblem } from '@ratchet/domain/recipe/check-recipe.ts'
import { runCuration } from './run-curation.ts'
import { score } from './score.ts'
import type { World } from './world.ts'

export type RecurateOutcome =
  | { readonly ok: true; readonly curationId: string; readonly versions: readonly DatasetVersion[] }
  | { readonly ok: false; readonly problems: readonly RecipeProblem[] }
  | { readonly ok: false; readonly notFound: true }

/**
 * Makes new dataset versions from trajectories already sampled and verified; no endpoint is called. The curation is named by
 * the hash of its rules: asking for the same again gives the same versions.
 */
export async function recurate(world: World, roundId: string, input: unknown): Promise<RecurateOutcome> {
  const round = await world.rounds.round(roundId)
  const iteration = round === null ? null : await world.rounds.iteration(round.iterationId)
  if (round === null || iteration === null) return { ok: false, notFound: true }
  const checked = checkCurate(input)
  if (!checked.ok) return checked
  if (round.results.score === undefined)
    return {
      ok: false,
      problems: [
        {
          path: '',
          message: `round ${round.index} has no scored trajectories yet: it is in state ${round.state}`,
          remedy: 'wait until the round has passed its score stage',
        },
      ],
    }
  const curationId = `c-${world.sha256(JSON.stringify(checked.curate)).slice(0, 12)}`
  const context = { world, iteration, round, recipe: round.recipe }
  const scoredUnder = score.outputOf(round).model
  const { sft, preference } = await runCuration(context, { curate: checked.curate, curationId, scoredUnder })
  await world.events.append([
    {
      iterationId: iteration.id,
      roundId,
      kind: 'round.recurated',
      body: { curationId, sft: sft.id, preference: preference?.id ?? null },
    },
  ])
  return { ok: true, curationId, versions: preference === null ? [sft] : [sft, preference] }
}
