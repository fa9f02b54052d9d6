import { createHash } from 'node:crypto'
import { canonicalProblem } from '@ratchet/domain/canonical-problem.ts'
import type { Problem, ProblemSet } from '@ratchet/domain/problem.ts'
import { InvalidImport } from '../demonstration-store.ts'
import type { ProblemStore } from '../problem-store.ts'
import { createNamedSets } from './named-sets.ts'

/** Problem sets in memory. */
export function createMemoryProblemStore(): ProblemStore {
  const sets = createNamedSets<ProblemSet, Problem>()
  return {
    async create(name, problems) {
      const ids = problems.map(({ id }) => id)
      const twice = new Set(ids.filter((id, index) => ids.indexOf(id) < index))
      if (twice.size > 0) throw new InvalidImport(`these problem ids occur more than once: ${[...twice].join(', ')}`)
      const digest = createHash('sha256').update(problems.map(canonicalProblem).join('\n')).digest('hex')
      return sets.put({ id: `ps_${digest.slice(0, 16)}`, name, count: problems.length }, problems)
    },
    find: async (idOrName) => sets.find(idOrName),
    list: async () => sets.list(),
    problems: async (problemSetId, page) => sets.rows(problemSetId, page),
    kinds: async (problemSetId) =>
      [...new Set(sets.rows(problemSetId).map(({ verification }) => verification.kind))].sort(),
    byId: async (problemSetId, problemIds) => sets.rows(problemSetId).filter(({ id }) => problemIds.includes(id)),
  }
}
