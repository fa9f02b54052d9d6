import { listAt, textAt } from './read-tree.ts'
import type { RecipeProblem } from './recipe-problem.ts'

/** What is set for every job and by what it is found again, each with what to do instead. */
const kept: Readonly<Record<string, string>> = {
  'job-name': 'remove it: jobs are found by the name that they get',
  comment: 'remove it: it carries the name of the job',
  nodes: 'set nodes of the cluster instead; a server is on one node',
  ntasks: 'remove it: there is one task a node, and processesPerNode says how many processes it starts',
  'ntasks-per-node': 'remove it: there is one task a node, and processesPerNode says how many processes it starts',
  'ntasks-per-core': 'remove it: there is one task a node, and cpusPerNode says how many CPUs it gets',
  'ntasks-per-socket': 'remove it: there is one task a node, and cpusPerNode says how many CPUs it gets',
  'ntasks-per-gpu': 'remove it: there is one task a node, and gpusPerNode says how many GPUs it gets',
  array: 'remove it: a run is one job',
  time: 'set timeLimitMinutes instead',
  signal: 'set graceSeconds instead',
  chdir: 'set runsDirectory instead',
  output: 'remove it: the log is in the directory of the run, and runsDirectory says where those are',
  error: 'remove it: the log is in the directory of the run, and runsDirectory says where those are',
  'open-mode': 'remove it: the log of a run is never begun anew',
  requeue: 'remove it: maxAttempts says how often a run that failed is begun again',
  'no-requeue': 'remove it: it is always given',
  export: 'set env instead',
  parsable: 'remove it: it is always given',
  wait: 'remove it: nobody waits for sbatch',
  'test-only': 'remove it: with it nothing is ever submitted',
  clusters: 'remove it, and choose the cluster by SLURM_CONF or SLURM_CLUSTERS of the worker, or by ssh',
}

const short: Readonly<Record<string, string>> = {
  J: 'job-name',
  N: 'nodes',
  n: 'ntasks',
  a: 'array',
  t: 'time',
  D: 'chdir',
  o: 'output',
  e: 'error',
  W: 'wait',
  M: 'clusters',
}

/** Whether options of sbatch say what each job is given anyway. `path` is where the cluster stands in the recipe. */
export function checkSlurmOptions(cluster: unknown, path: string): readonly RecipeProblem[] {
  if (textAt(cluster, 'backend') !== 'slurm') return []
  return listAt(cluster, 'options').flatMap((option, index) => {
    if (typeof option !== 'string') return []
    // Further words of an entry are options of their own.
    return [...option.matchAll(/(?:^|\s)(?:--([a-z-]+)|-([A-Za-z]))/g)].flatMap(([, long = '', letter = '']) => {
      const name = letter === '' ? keptName(long) : short[letter]
      const remedy = name === undefined ? undefined : kept[name]
      if (remedy === undefined) return []
      return [{ path: `${path}.options.${index}`, message: `sets --${name}, which Ratchet sets itself`, remedy }]
    })
  })
}

/** sbatch takes the beginning of a long option for the whole. */
function keptName(long: string): string | undefined {
  if (Object.hasOwn(kept, long)) return long
  return long.length < 2 ? undefined : Object.keys(kept).find((name) => name.startsWith(long))
}
