import type { DatasetVersion } from '@ratchet/domain/dataset-version.ts'
import { checkCurate, type RecipeProblem } from '@ratchet/domain/recipe/check-recipe.ts'
import type { Curate } from '@ratchet/domain/recipe/recipe.ts'
import type { Reverification } from '@ratchet/ports/reverification-store.ts'
import type { Round } from '@ratchet/ports/round-store.ts'
import { poolHas, runCuration } from './run-curation.ts'
import { score } from './score.ts'
import type { World } from './world.ts'

export type RecurateOutcome =
  | { readonly ok: true; readonly curationId: string; readonly versions: readonly DatasetVersion[] }
  | { readonly ok: false; readonly problems: readonly RecipeProblem[] }
  | { readonly ok: false; readonly notFound: true }
  /** Verdicts of its pool are changing; `refused` says so, and what to wait for. */
  | { readonly ok: false; readonly refused: string }

/**
 * Makes new dataset versions from trajectories already sampled and verified, by their newest verdicts; no endpoint is called. The
 * curation is named by the hash of its rules and of how many verdicts re-verifications have added: asking for the same again gives the
 * same versions, and those made before a re-verification stay.
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
  const reverified = await reverificationsOf(world, iteration.id, round, checked.curate)
  const open = reverified.find(({ status }) => status === 'pending' || status === 'claimed')
  if (open !== undefined)
    return { ok: false, refused: `re-verification ${open.id} of ${open.roundId} is not done: wait until it is` }
  const added = reverified.reduce((sum, { appended }) => sum + appended, 0)
  const made = JSON.stringify(added === 0 ? checked.curate : [checked.curate, added])
  const curationId = `c-${world.sha256(made).slice(0, 12)}`
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

/** Of all rounds in the pool. */
async function reverificationsOf(
  world: World,
  iterationId: string,
  round: Round,
  curate: Curate,
): Promise<readonly Reverification[]> {
  const pool = (await world.rounds.rounds(iterationId)).filter((each) => poolHas(curate, round, each))
  return (await Promise.all(pool.map((each) => world.reverifications.list(each.id)))).flat()
}
