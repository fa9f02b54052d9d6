import type { TrajectoryView } from '@ratchet/api/schemas/trajectory.ts'
import { type CommandContext, print } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'

/** Why was this attempt kept or dropped? */
export async function explain(context: CommandContext, trajectoryId: string): Promise<number> {
  const trajectory = await context.client.trajectory(trajectoryId)
  print(context, trajectory, () => explanation(trajectory))
  return exitCodes.ok
}

function explanation(trajectory: TrajectoryView): string {
  const { id, roundIndex, purpose, problemId, index, policyVersion, finish, failure, completionTokens, problem } =
    trajectory
  const verdicts = trajectory.verdicts.map(
    ({ decision, reason, extracted, verifier }) =>
      `  ${decision} by ${verifier}: ${reason}${extracted === null ? '' : ` (found ${JSON.stringify(extracted)})`}`,
  )
  const perplexities = Object.entries(trajectory.perplexities).map(
    ([model, value]) => `  ${value.toFixed(4)} under ${model}`,
  )
  const decisions = trajectory.decisions.map(({ roundId, curationId, kept, rule, value }) =>
    kept
      ? `  kept by curation ${curationId} of ${roundId}`
      : `  dropped by curation ${curationId} of ${roundId}: rule ${rule ?? 'unknown'}${value === null ? '' : `, ${value}`}`,
  )
  return [
    `${id}: attempt ${index} at ${problemId}, round ${roundIndex}, ${purpose}, by ${policyVersion}`,
    `ended with ${finish}${failure === null ? '' : ` (${failure})`} after ${completionTokens} tokens`,
    ...section('verdicts', verdicts),
    ...section('perplexity', perplexities),
    ...section('curation', decisions.length === 0 ? [uncurated(purpose)] : decisions),
    ...(problem === null ? [] : section('problem', [problem.prompt, `gold: ${problem.verification.gold.join(' | ')}`])),
    ...section('text', [trajectory.text]),
  ].join('\n')
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines]
}

function uncurated(purpose: string): string {
  return purpose === 'evaluate'
    ? '  attempts at a benchmark are not curated'
    : '  not curated: its round has not come to it'
}
