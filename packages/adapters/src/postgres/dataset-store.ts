import { DatasetKind, DatasetManifest, type DatasetVersion } from '@ratchet/domain/dataset-version.ts'
import type { DatasetStore } from '@ratchet/ports/artifact-store.ts'
import type { PrismaClient, DatasetVersion as Row } from './generated/client.ts'
import { storableInput } from './storable.ts'

/** Records of dataset versions in PostgreSQL. Recording a curation's version again replaces what it recorded before. */
export function createDatasetStore(prisma: PrismaClient): DatasetStore {
  return {
    async record(version, curationId) {
      const { roundId, kind } = version
      const data = { ...version, curationId, rows: version.manifest.rows, manifest: storableInput(version.manifest) }
      await prisma.datasetVersion.upsert({
        where: { roundId_kind_curationId: { roundId, kind, curationId } },
        create: data,
        update: data,
      })
    },

    async find(id) {
      const row = await prisma.datasetVersion.findFirst({ where: { id }, orderBy: { createdAt: 'asc' } })
      return row === null ? null : toVersion(row)
    },

    /** Newest first. */
    async list({ limit, ...filter }) {
      const rows = await prisma.datasetVersion.findMany({
        where: filter,
        orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
        ...(limit === undefined ? {} : { take: limit }),
      })
      return rows.map(toVersion)
    },
  }
}

function toVersion({ id, iterationId, roundId, prefix, kind, manifest }: Row): DatasetVersion {
  return {
    id,
    iterationId,
    roundId,
    prefix,
    kind: DatasetKind.parse(kind),
    manifest: DatasetManifest.parse(manifest),
  }
}
