import { createHash } from 'node:crypto'
import {
  type Demonstration,
  type DemonstrationSet,
  type DemonstrationStore,
  InvalidImport,
} from '../demonstration-store.ts'
import type { ProblemStore } from '../problem-store.ts'
import { createNamedSets } from './named-sets.ts'

/** Demonstration sets in memory, of problems in `problems`. */
export function createMemoryDemonstrationStore(problems: ProblemStore): DemonstrationStore {
  const sets = createNamedSets<DemonstrationSet, Demonstration>()
  return {
    async create(name, problemSetId, demonstrations) {
      if ((await problems.find(problemSetId))?.id !== problemSetId)
        throw new InvalidImport(`there is no problem set ${problemSetId}`)
      const known = new Set((await problems.problems(problemSetId)).map(({ id }) => id))
      const unknown = demonstrations.map(({ problemId }) => problemId).filter((id) => !known.has(id))
      if (unknown.length > 0)
        throw new InvalidImport(`the problem set ${problemSetId} has no problem ${unknown.join(', ')}`)
      const lines = demonstrations.map(({ problemId, text }) => JSON.stringify({ problemId, text }))
      const digest = createHash('sha256')
        .update([problemSetId, ...lines].join('\n'))
        .digest('hex')
      const set = { id: `dm_${digest.slice(0, 16)}`, name, problemSetId, count: demonstrations.length }
      return sets.put(set, demonstrations)
    },
    find: async (idOrName) => sets.find(idOrName),
    list: async () => sets.list(),
    demonstrations: async (id, page) => sets.rows(id, page),
  }
}
