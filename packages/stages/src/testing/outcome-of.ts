import type { MemoryWorld } from './memory-world.ts'

/**
 * What an iteration came to, without what may differ from run to run: times, revisions, the number of attempts that were in flight for a
 * problem when it was settled, and where texts are kept.
 */
export async function outcomeOf({ world, models }: MemoryWorld, iterationId: string) {
  const iteration = await world.rounds.iteration(iterationId)
  const rounds = await world.rounds.rounds(iterationId)
  const trajectories = []
  for (const { segment: _segment, ...trajectory } of await world.trajectories.list({
    roundIds: rounds.map(({ id }) => id),
  })) {
    const decisions = await world.trajectories.decisions(trajectory.id)
    if (!decisions.some(({ rule }) => rule === 'surplus'))
      trajectories.push({ ...trajectory, decisions: decisions.toSorted(byRound) })
  }
  const datasets = await world.datasets.list({ iterationId })
  return {
    state: iteration?.state,
    reason: iteration?.reason,
    incumbent: iteration?.incumbentCheckpointId,
    rounds: rounds.map(({ state, reason, incumbentCheckpointId, candidateCheckpointId, results }) => {
      const { explore: _explored, score: _scored, ...later } = results
      return { state, reason, incumbentCheckpointId, candidateCheckpointId, results: later }
    }),
    datasets: datasets.toSorted((a, b) => (a.roundId + a.kind < b.roundId + b.kind ? -1 : 1)),
    trajectories,
    checkpoints: await world.checkpoints.list(iterationId),
    deployments: await world.deployments.list(iterationId),
    reports: await world.reports.list(iterationId),
    served: [...models.keys()],
  }
}

function byRound(a: { roundId: string }, b: { roundId: string }): number {
  return a.roundId < b.roundId ? -1 : 1
}
