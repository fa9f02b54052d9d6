import { curate as applyRules, type Candidate } from '@ratchet/domain/curation/curate.ts'
import type { CurationDecision } from '@ratchet/domain/curation/curation-decision.ts'
import { datasetCard } from '@ratchet/domain/dataset/dataset-card.ts'
import { datasetId, manifestOf } from '@ratchet/domain/dataset/describe-dataset.ts'
import type { DatasetVersion, FunnelStep, PreferenceRow, SftRow } from '@ratchet/domain/dataset-version.ts'
import { settleProblem } from '@ratchet/domain/exploration/acceptance.ts'
import { buildPairs } from '@ratchet/domain/preference/pair.ts'
import type { Problem } from '@ratchet/domain/problem.ts'
import type { Curate } from '@ratchet/domain/recipe/recipe.ts'
import { renderPrompt } from '@ratchet/domain/render-prompt.ts'
import { thoughtFormat } from '@ratchet/domain/thought-format/thought-format.ts'
import type { Decision } from '@ratchet/domain/verdict.ts'
import type { Round } from '@ratchet/ports/round-store.ts'
import type { StoredTrajectory } from '@ratchet/ports/trajectory-store.ts'
import { explore } from './explore.ts'
import { demonstrator } from './record-demonstrations.ts'
import { samplerModel } from './score.ts'
import type { StageContext } from './stage.ts'

export type Curation = {
  readonly curate: Curate
  readonly curationId: string
  /** Name of the model whose perplexities count, or `sampler` for whichever sampled each trajectory. */
  readonly scoredUnder: string
}

/** Applies curation rules to the trajectories of a round, or of all rounds up to it, and writes the dataset versions that come out. */
export async function runCuration(
  context: StageContext,
  curation: Curation,
): Promise<{ sft: DatasetVersion; preference: DatasetVersion | null }> {
  const { world, iteration, round, recipe } = context
  const { curate, curationId } = curation
  const format = thoughtFormat(recipe.thoughtFormat)
  const rounds = (await world.rounds.rounds(iteration.id)).filter((each) => poolHas(curate, round, each))
  const pools = await Promise.all(rounds.map((each) => poolOf(context, each)))
  const settled = pools.flatMap((pool) => pool.settled)
  const surplus = pools.flatMap((pool) => pool.surplus)
  const texts = await world.trajectories.texts(settled)
  const candidates = settled.map((each, at) => candidateOf(each, texts[at] ?? '', curation.scoredUnder))
  const problems = await problemsOf(context, settled)

  const { kept, decisions, funnel } = applyRules(candidates, curate.rules, { format })
  await world.trajectories.decide(round.id, curationId, [...surplus.map(surplusDecision), ...decisions])
  const sftRows = kept.map((candidate) => sftRow(context, candidate, problems))
  const sft = await writeVersion(context, curation, 'sft', sftRows, funnel)
  if (curate.preference === undefined) return { sft, preference: null }

  const own = candidates.filter((candidate) => candidate.roundIndex === round.index)
  const pairs = buildPairs(own, curate.preference, format)
  const rows = pairs.map(({ chosen, rejected }) => preferenceRow(context, chosen, rejected, problems))
  const steps = [{ rule: 'pairs', before: own.length, after: rows.length }]
  return { sft, preference: await writeVersion(context, curation, 'preference', rows, steps) }
}

/** Whether a curation of the round `current` takes the trajectories of `each`, a round of the same iteration. */
export function poolHas({ pool }: Curate, current: Round, each: Round): boolean {
  return each.id === current.id || (pool === 'all-rounds' && each.index < current.index)
}

/**
 * A round's attempts, split into those up to the one that settled their problem, and the surplus that happened to be in flight. How much
 * surplus there is depends on timing, so nothing of a dataset version may depend on it. The newest verdicts count.
 */
async function poolOf(
  context: StageContext,
  round: Round,
): Promise<{ settled: StoredTrajectory[]; surplus: StoredTrajectory[] }> {
  const { problemSetId } = explore.outputOf(round)
  const all = await context.world.trajectories.list({ roundIds: [round.id], purpose: 'explore', problemSetId })
  const { accept, cap } = round.recipe.explore
  const settled: StoredTrajectory[] = []
  const surplus: StoredTrajectory[] = []
  for (let start = 0; start < all.length; ) {
    let end = start
    while (all[end] !== undefined && all[end]?.problemId === all[start]?.problemId) end++
    const attempts = all.slice(start, end)
    start = end
    if (attempts[0]?.policyVersion === demonstrator) {
      settled.push(...attempts)
      continue
    }
    const prefixOf = (decisionOf: (attempt: StoredTrajectory) => Decision): number => {
      const decided = attempts.map((each) => ({ index: each.index, decision: decisionOf(each) }))
      const outcome = settleProblem(decided, { accept, cap })
      return outcome.state === 'open' ? Number.POSITIVE_INFINITY : outcome.prefixLength
    }
    // Newer verdicts may settle a problem earlier. Were it left open by them, what lies behind where exploration ended is still surplus.
    const prefix = Math.min(
      prefixOf((each) => each.verdict.decision),
      prefixOf((each) => each.firstDecision),
    )
    for (const each of attempts) (each.index < prefix ? settled : surplus).push(each)
  }
  return { settled, surplus }
}

function candidateOf(trajectory: StoredTrajectory, text: string, scoredUnder: string): Candidate {
  const { id, problemSetId, problemId, roundIndex, index, finish, completionTokens, policyVersion, verdict } =
    trajectory
  const model = scoredUnder === samplerModel ? policyVersion : scoredUnder
  return {
    trajectoryId: id,
    problemId: qualified(problemSetId, problemId),
    roundIndex,
    index,
    purpose: trajectory.purpose,
    text,
    finish,
    decision: verdict.decision,
    // Nobody has tokenised a demonstration yet.
    completionTokens: policyVersion === demonstrator ? null : completionTokens,
    perplexity: trajectory.perplexities[model] ?? null,
    policyVersion,
  }
}

/** Problem ids are unique only within their set. */
function qualified(problemSetId: string, problemId: string): string {
  return `${problemSetId}/${problemId}`
}

type ProblemsById = ReadonlyMap<string, Problem>

async function problemsOf(context: StageContext, trajectories: readonly StoredTrajectory[]): Promise<ProblemsById> {
  const found = new Map<string, Problem>()
  for (const setId of new Set(trajectories.map((each) => each.problemSetId)))
    for (const problem of await context.world.problems.problems(setId)) found.set(qualified(setId, problem.id), problem)
  return found
}

function promptOf(context: StageContext, candidate: Candidate, problems: ProblemsById): SftRow['prompt'] {
  const problem = problems.get(candidate.problemId)
  if (problem === undefined) throw new Error(`the problem ${candidate.problemId} is gone from its problem set`)
  return renderPrompt(context.recipe.prompt, problem)
}

function sftRow(context: StageContext, candidate: Candidate, problems: ProblemsById): SftRow {
  const { problemId, roundIndex, index, text, completionTokens, perplexity, policyVersion } = candidate
  return {
    id: `${problemId}/r${roundIndex}/${index}`,
    problemId,
    roundIndex,
    index,
    prompt: promptOf(context, candidate, problems),
    completion: [{ role: 'assistant', content: text }],
    completionTokens,
    perplexity,
    policyVersion,
  }
}

function preferenceRow(
  context: StageContext,
  chosen: Candidate,
  rejected: Candidate,
  problems: ProblemsById,
): PreferenceRow {
  return {
    id: `${chosen.problemId}/r${chosen.roundIndex}/${chosen.index}-${rejected.index}`,
    problemId: chosen.problemId,
    roundIndex: chosen.roundIndex,
    prompt: promptOf(context, chosen, problems),
    chosen: [{ role: 'assistant', content: chosen.text }],
    rejected: [{ role: 'assistant', content: rejected.text }],
    chosenIndex: chosen.index,
    rejectedIndex: rejected.index,
    chosenPerplexity: chosen.perplexity,
    rejectedPerplexity: rejected.perplexity,
  }
}

function surplusDecision(trajectory: StoredTrajectory): CurationDecision {
  return {
    trajectoryId: trajectory.id,
    kept: false,
    rule: 'surplus',
    value: `attempt ${trajectory.index} came after the problem was settled`,
  }
}

async function writeVersion(
  context: StageContext,
  { curate, curationId }: Curation,
  kind: DatasetVersion['kind'],
  rows: readonly (SftRow | PreferenceRow)[],
  funnel: readonly FunnelStep[],
): Promise<DatasetVersion> {
  const { world, iteration, round, recipe } = context
  const described = manifestOf({
    kind,
    name: recipe.name,
    roundIndex: round.index,
    rows,
    thoughtFormat: recipe.thoughtFormat,
    curation: curate,
    funnel,
    sha256: world.sha256,
  })
  const id = datasetId(described, world.sha256)
  const prefix = `datasets/${id}/`
  const files = await world.datasetWriter.write({
    id,
    kind,
    manifest: described,
    rows,
    card: datasetCard(described, id),
    prefix,
  })
  const version = {
    id,
    kind,
    iterationId: iteration.id,
    roundId: round.id,
    manifest: { ...described, files: [...files] },
    prefix,
  }
  await world.datasets.record(version, curationId)
  return version
}
