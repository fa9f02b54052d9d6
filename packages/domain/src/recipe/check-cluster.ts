import { checkSlurmOptions } from './check-slurm-options.ts'
import { checkVolumes } from './check-volumes.ts'
import { launcherCommandFault, launcherVerbs } from './launcher-command.ts'
import { at, listAt, numberAt, textAt } from './read-tree.ts'
import type { RecipeProblem } from './recipe-problem.ts'

/** What is wrong between fields of the cluster. Fields that are missing or of the wrong kind are passed over. */
export function checkCluster(recipe: unknown): readonly RecipeProblem[] {
  const cluster = at(recipe, 'cluster')
  return [
    ...checkGrace(cluster),
    ...checkDevice(cluster),
    ...checkTrainer(cluster),
    ...checkLauncher(cluster),
    ...checkVolumes(cluster, 'cluster'),
    ...checkSlurmOptions(cluster, 'cluster'),
  ]
}

/** The defaults are the schema's. */
function checkGrace(cluster: unknown): readonly RecipeProblem[] {
  const grace = numberAt(cluster, 'graceSeconds') ?? 60
  const limit = (numberAt(cluster, 'timeLimitMinutes') ?? 24 * 60) * 60
  if (grace * 2 < limit) return []
  return [
    {
      path: 'cluster.graceSeconds',
      message: `twice ${grace} s, which a trainer may need to save, leave nothing of a time limit of ${limit} s`,
      remedy: 'set graceSeconds below half the time limit, or raise timeLimitMinutes',
    },
  ]
}

function checkDevice(cluster: unknown): readonly RecipeProblem[] {
  if (textAt(cluster, 'backend') !== 'slurm' || textAt(cluster, 'device') !== 'cuda') return []
  if (numberAt(cluster, 'gpusPerNode') !== 0) return []
  return [
    {
      path: 'cluster.gpusPerNode',
      message: 'device is cuda, and a job of Slurm that asks for no GPU sees none',
      remedy: 'ask for one at least, or set device to cpu',
    },
  ]
}

/** Of one process the command may be anything. */
function checkTrainer(cluster: unknown): readonly RecipeProblem[] {
  const trainer = listAt(cluster, 'trainer')
  if (trainer.length !== 1 || processesOf(cluster) === 1) return []
  return [
    {
      path: 'cluster.trainer',
      message: 'must end with an interpreter and a script, between which the launcher of several processes is put',
      remedy: 'write both, as in [python, /opt/ratchet/trainer/train.py]',
    },
  ]
}

function processesOf(cluster: unknown): number {
  const backend = textAt(cluster, 'backend')
  const gpus =
    backend === 'ray'
      ? (numberAt(cluster, 'gpus') ?? 1)
      : backend === 'command'
        ? 1
        : (numberAt(cluster, 'gpusPerNode') ?? 1)
  const byDevice = textAt(cluster, 'device') === 'cpu' ? 1 : Math.max(1, Math.floor(gpus))
  return (numberAt(cluster, 'nodes') ?? 1) * (numberAt(cluster, 'processesPerNode') ?? byDevice)
}

function checkLauncher(cluster: unknown): readonly RecipeProblem[] {
  if (textAt(cluster, 'backend') !== 'command') return []
  return launcherVerbs.flatMap((verb) => {
    const command = listAt(cluster, verb)
    const words = command.filter((each) => typeof each === 'string')
    // Of what the schema refuses it says so itself.
    if (words.length === 0 || words.length < command.length || words[0] === '') return []
    const fault = launcherCommandFault(verb, words)
    return fault === null ? [] : [{ path: `cluster.${verb}`, ...fault }]
  })
}
