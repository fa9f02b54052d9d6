import { Recipe, RoundRecipe } from '@ratchet/domain/recipe/recipe.ts'
import { IterationState } from '@ratchet/domain/round/iteration-state.ts'
import { RoundState } from '@ratchet/domain/round/round-state.ts'
import { StageName } from '@ratchet/domain/round/stage-name.ts'
import type { Iteration, NewIteration, Round, RoundStore } from '@ratchet/ports/round-store.ts'
import { z } from 'zod'
import { appendEvents } from './event-log.ts'
import type { Iteration as IterationRow, PrismaClient, Round as RoundRow } from './generated/client.ts'
import { reopenIteration } from './reopen-iteration.ts'
import { storableInput, storableTextOrNull } from './storable.ts'

/** Iterations and rounds in PostgreSQL. */
export function createRoundStore(prisma: PrismaClient): RoundStore {
  return {
    async createIteration(iteration) {
      const earlier = await findByKey(prisma, iteration.idempotencyKey)
      if (earlier !== null) return { iteration: earlier, created: false }
      try {
        return { iteration: await create(prisma, iteration), created: true }
      } catch (error) {
        // Somebody else may have used the key at the same moment.
        const other = await findByKey(prisma, iteration.idempotencyKey)
        if (other === null) throw error
        return { iteration: other, created: false }
      }
    },

    async iteration(id) {
      const row = await prisma.iteration.findUnique({ where: { id } })
      return row === null ? null : toIteration(row)
    },

    async iterations({ state, limit = 100, before } = {}) {
      const last = before === undefined ? null : await prisma.iteration.findUnique({ where: { id: before } })
      const rows = await prisma.iteration.findMany({
        where: {
          ...(state === undefined ? {} : { state }),
          ...(last === null
            ? {}
            : { OR: [{ createdAt: { lt: last.createdAt } }, { createdAt: last.createdAt, id: { lt: last.id } }] }),
        },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: limit,
      })
      return rows.map(toIteration)
    },

    async updateIteration(seen, change, events = []) {
      return await prisma.$transaction(async (transaction) => {
        const { count } = await transaction.iteration.updateMany({
          where: { id: seen.id, revision: seen.revision },
          data: { ...change, ...cleanReason(change), revision: { increment: 1 } },
        })
        if (count === 1) await appendEvents(transaction, events)
        return count === 1
      })
    },

    async round(id) {
      const row = await prisma.round.findUnique({ where: { id } })
      return row === null ? null : toRound(row)
    },

    async rounds(iterationId) {
      const rows = await prisma.round.findMany({ where: { iterationId }, orderBy: { index: 'asc' } })
      return rows.map(toRound)
    },

    async updateRound(seen, { results, ...change }, events = []) {
      return await prisma.$transaction(async (transaction) => {
        const { count } = await transaction.round.updateMany({
          where: { id: seen.id, revision: seen.revision },
          data: {
            ...change,
            ...cleanReason(change),
            ...(results === undefined ? {} : { results: storableInput(results) }),
            revision: { increment: 1 },
          },
        })
        if (count === 1) await appendEvents(transaction, events)
        return count === 1
      })
    },

    reopen: (seen, reopening, events = []) => reopenIteration(prisma, seen, reopening, events),

    async activeRounds() {
      const rows = await prisma.$queryRaw<{ id: string }[]>`
        SELECT r.id FROM rounds r JOIN iterations i ON i.id = r.iteration_id
        WHERE i.state IN ('running', 'paused', 'cancelling') AND CASE
          WHEN r.state IN ('accepted', 'rejected', 'failed', 'cancelled') THEN NOT EXISTS (
            SELECT FROM rounds n WHERE n.iteration_id = r.iteration_id AND n.round_index = r.round_index + 1 AND n.state <> 'waiting')
          WHEN r.state = 'waiting' THEN NOT EXISTS (
            SELECT FROM rounds e WHERE e.iteration_id = r.iteration_id AND e.round_index < r.round_index
              AND e.state NOT IN ('accepted', 'rejected', 'failed', 'cancelled'))
          ELSE true END
        ORDER BY i.created_at, r.iteration_id, r.round_index`
      return rows.map((row) => row.id)
    },
  }
}

async function create(prisma: PrismaClient, iteration: NewIteration): Promise<Iteration> {
  const { rounds, recipe, ...rest } = iteration
  const row = await prisma.iteration.create({
    data: {
      ...rest,
      name: recipe.name,
      state: 'running',
      recipe: storableInput(recipe),
      rounds: {
        createMany: { data: rounds.map((round) => ({ ...round, recipe: storableInput(round.recipe) })) },
      },
    },
  })
  return toIteration(row)
}

async function findByKey(prisma: PrismaClient, idempotencyKey: string | null): Promise<Iteration | null> {
  if (idempotencyKey === null) return null
  const row = await prisma.iteration.findUnique({ where: { idempotencyKey } })
  return row === null ? null : toIteration(row)
}

function cleanReason(change: { readonly reason?: string | null }) {
  return change.reason === undefined ? {} : { reason: storableTextOrNull(change.reason) }
}

function toIteration(row: IterationRow): Iteration {
  const { idempotencyKey: _key, updatedAt: _at, ...rest } = row
  return { ...rest, state: IterationState.parse(row.state), recipe: Recipe.parse(row.recipe) }
}

const StageResults = z.partialRecord(StageName, z.unknown())

function toRound(row: RoundRow): Round {
  const { createdAt: _created, updatedAt: _updated, ...rest } = row
  return {
    ...rest,
    state: RoundState.parse(row.state),
    recipe: RoundRecipe.parse(row.recipe),
    results: StageResults.parse(row.results),
  }
}
