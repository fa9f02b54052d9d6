import type { TrajectoryView } from '@ratchet/api/schemas/trajectory.ts'
import { assertNever } from '@ratchet/domain/assert-never.ts'
import type { MathOptions, Verification } from '@ratchet/domain/problem.ts'
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
  const { length } = trajectory.verdicts
  const verdicts = trajectory.verdicts.map(({ decision, reason, extracted, verifier, at }, position) => {
    const found = extracted === null ? '' : ` (found ${JSON.stringify(extracted)})`
    const counts = length === 1 ? '' : `, ${at}${position === length - 1 ? ', counts' : ''}`
    return `  ${decision} by ${verifier}: ${reason}${found}${counts}`
  })
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
    ...(problem === null ? [] : section('problem', [problem.prompt, ...verified(problem.verification)])),
    ...section('text', [trajectory.text]),
  ].join('\n')
}

/** How the problem's answer is decided. */
function verified(verification: Verification): string[] {
  const { kind, gold } = verification
  const golds = `gold: ${gold.join(' | ')}`
  switch (kind) {
    case 'exact':
      return [golds]
    case 'math':
      return [golds, `compared as mathematics${settingsOf(verification.options ?? {})}`]
    case 'choice':
      return [...(verification.choices ?? []).map((choice, at) => `${String.fromCharCode(65 + at)}. ${choice}`), golds]
    case 'code':
      return ['decided by running these tests:', ...gold]
    case 'judge':
      return [golds, 'decided by a judge']
    default:
      return assertNever(kind)
  }
}

function settingsOf(options: MathOptions): string {
  const settings = Object.entries(options).map(([name, value]) => `${name} ${[value].flat().join(', ')}`)
  return settings.length === 0 ? '' : ` (${settings.join('; ')})`
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines]
}

function uncurated(purpose: string): string {
  return purpose === 'evaluate'
    ? '  attempts at a benchmark are not curated'
    : '  not curated: its round has not come to it'
}
