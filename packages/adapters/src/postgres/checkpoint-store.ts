import type { Checkpoint } from '@ratchet/domain/checkpoint.ts'
import type { CheckpointStore } from '@ratchet/ports/artifact-store.ts'
import { z } from 'zod'
import type { PrismaClient, Checkpoint as Row } from './generated/client.ts'
import { storableInput } from './storable.ts'

/** Records of checkpoints in PostgreSQL. Recording one again replaces what was recorded before. */
export function createCheckpointStore(prisma: PrismaClient): CheckpointStore {
  return {
    async record(checkpoint) {
      const data = { ...checkpoint, metrics: storableInput(checkpoint.metrics) }
      await prisma.checkpoint.upsert({ where: { id: checkpoint.id }, create: data, update: data })
    },

    async find(id) {
      const row = await prisma.checkpoint.findUnique({ where: { id } })
      return row === null ? null : toCheckpoint(row)
    },

    /** Oldest first. */
    async list(iterationId) {
      const rows = await prisma.checkpoint.findMany({
        where: { iterationId },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      })
      return rows.map(toCheckpoint)
    },
  }
}

const Metrics = z.record(z.string(), z.unknown())

function toCheckpoint({ createdAt: _at, metrics, ...rest }: Row): Checkpoint {
  return { ...rest, metrics: Metrics.parse(metrics) }
}
