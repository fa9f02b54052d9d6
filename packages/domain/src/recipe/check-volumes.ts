import { listAt, textAt } from './read-tree.ts'
import type { RecipeProblem } from './recipe-problem.ts'

/** Whether the runs of a Kubernetes can be seen by its pods. `path` is where the cluster stands in the recipe. */
export function checkVolumes(cluster: unknown, path: string): readonly RecipeProblem[] {
  const runs = textAt(cluster, 'runsDirectory')
  if (textAt(cluster, 'backend') !== 'kubernetes' || runs === undefined) return []
  const mounts = listAt(cluster, 'volumes').flatMap((volume) => textAt(volume, 'mountPath') ?? [])
  if (mounts.some((mount) => `${runs}/`.startsWith(`${mount.replace(/\/+$/, '')}/`))) return []
  const where = mounts.length === 0 ? 'there are none' : `they are mounted at ${mounts.join(', ')}`
  return [
    {
      path: `${path}.runsDirectory`,
      message: `is in none of ${path}.volumes: ${where}`,
      remedy: 'put it below the mountPath of a volume, or add the volume that holds it',
    },
  ]
}
