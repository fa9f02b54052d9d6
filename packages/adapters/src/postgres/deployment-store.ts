import { DeploymentState } from '@ratchet/domain/deployment-state.ts'
import type { Deployment, DeploymentStore } from '@ratchet/ports/artifact-store.ts'
import { z } from 'zod'
import type { PrismaClient, Deployment as Row } from './generated/client.ts'
import { storableInput, storableTextOrNull } from './storable.ts'

/** Checkpoints in service, in PostgreSQL. */
export function createDeploymentStore(prisma: PrismaClient): DeploymentStore {
  return {
    async record(deployment) {
      const { iterationId, name } = deployment
      const data = {
        ...deployment,
        endpoints: storableInput(deployment.endpoints),
        reason: storableTextOrNull(deployment.reason),
      }
      await prisma.deployment.upsert({
        where: { iterationId_name: { iterationId, name } },
        create: data,
        update: data,
      })
    },

    /** Oldest first. */
    async list(iterationId) {
      const rows = await prisma.deployment.findMany({
        where: { iterationId },
        orderBy: [{ createdAt: 'asc' }, { name: 'asc' }],
      })
      return rows.map(toDeployment)
    },

    async releasing() {
      const rows = await prisma.deployment.findMany({
        where: { state: 'releasing' },
        select: { iterationId: true },
        distinct: ['iterationId'],
      })
      return rows.map(({ iterationId }) => iterationId)
    },
  }
}

const Endpoints = z.array(z.string())

function toDeployment({ createdAt: _created, updatedAt: _updated, ...row }: Row): Deployment {
  return { ...row, state: DeploymentState.parse(row.state), endpoints: Endpoints.parse(row.endpoints) }
}
