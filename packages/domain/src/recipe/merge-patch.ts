import { isTree } from './read-tree.ts'

/**
 * A value with a patch applied (JSON Merge Patch, RFC 7396): objects are merged key by key, everything else is replaced whole, null
 * leaves a key out. Neither argument is changed.
 */
export function mergePatch(value: unknown, patch: unknown): unknown {
  if (!isTree(patch)) return patch
  const merged = new Map(isTree(value) ? Object.entries(value) : [])
  for (const [key, change] of Object.entries(patch)) {
    if (change === undefined) continue
    if (change === null) merged.delete(key)
    else merged.set(key, mergePatch(merged.get(key), change))
  }
  return Object.fromEntries(merged)
}
