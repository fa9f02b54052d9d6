import { DatasetKind, type DatasetVersion } from '@ratchet/domain/dataset-version.ts'
import { z } from 'zod'
import type { ApiWorld } from '../api-world.ts'
import { filesOfDataset } from '../dataset-files.ts'
import { notFound } from '../http-problem.ts'
import { requireIteration, requireRound } from '../require-parent.ts'
import { problems } from '../responses.ts'
import type { RouteContext, Server } from '../route-context.ts'
import { DatasetFileView, DatasetView, datasetView } from '../schemas/dataset.ts'
import { addDownloadRoute, addressFiles } from '../stored-files.ts'

const tags = ['datasets']
const Id = z.object({ id: z.string() })
const Query = z.object({
  iterationId: z.string().optional(),
  roundId: z.string().optional(),
  kind: DatasetKind.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
})

export function addDatasetRoutes(app: Server, context: RouteContext): void {
  const { world } = context
  const filesOf = async (id: string) => await filesOfDataset(world.objects, await findVersion(world, id))
  app.get(
    '/v1/datasets',
    {
      schema: {
        summary: 'List dataset versions, newest first',
        operationId: 'listDatasets',
        tags,
        querystring: Query,
        response: { 200: z.strictObject({ items: z.array(DatasetView) }), ...problems },
      },
    },
    async ({ query }) => {
      const { iterationId, roundId, kind, limit } = query
      if (iterationId !== undefined) await requireIteration(world, iterationId)
      if (roundId !== undefined) await requireRound(world, roundId)
      const versions = await world.datasets.list({
        ...(iterationId === undefined ? {} : { iterationId }),
        ...(roundId === undefined ? {} : { roundId }),
        ...(kind === undefined ? {} : { kind }),
        limit,
      })
      return { items: versions.map(datasetView) }
    },
  )

  app.get(
    '/v1/datasets/:id',
    {
      schema: {
        summary: 'Read a dataset version’s manifest',
        operationId: 'readDataset',
        tags,
        params: Id,
        response: { 200: DatasetView, ...problems },
      },
    },
    async ({ params }) => datasetView(await findVersion(world, params.id)),
  )

  app.get(
    '/v1/datasets/:id/files',
    {
      schema: {
        summary: 'List a dataset version’s files with an address to download each from',
        operationId: 'listDatasetFiles',
        tags,
        params: Id,
        response: { 200: z.strictObject({ items: z.array(DatasetFileView) }), ...problems },
      },
    },
    async ({ params: { id } }) => ({
      items: await addressFiles(context, `/v1/datasets/${encodeURIComponent(id)}`, await filesOf(id)),
    }),
  )

  addDownloadRoute(app, context, {
    path: '/v1/datasets',
    summary: 'Download one file of a dataset version',
    operationId: 'downloadDatasetFile',
    tags,
    find: filesOf,
  })
}

async function findVersion(world: ApiWorld, id: string): Promise<DatasetVersion> {
  const version = await world.datasets.find(id)
  if (version === null)
    throw notFound(`dataset version ${id}`, '`ratchet datasets list` and GET /v1/datasets list those that there are')
  return version
}
