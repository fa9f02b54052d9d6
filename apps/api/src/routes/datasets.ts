import { DatasetKind, type DatasetVersion } from '@ratchet/domain/dataset-version.ts'
import { z } from 'zod'
import type { ApiWorld } from '../api-world.ts'
import { readByteRange } from '../byte-range.ts'
import { filesOf } from '../dataset-files.ts'
import { notFound } from '../http-problem.ts'
import { streamObject } from '../object-stream.ts'
import { requireIteration, requireRound } from '../require-parent.ts'
import { problems, streamOf } from '../responses.ts'
import type { RouteContext, Server } from '../route-context.ts'
import { DatasetFileView, DatasetView, datasetView } from '../schemas/dataset.ts'

const tags = ['datasets']
const Id = z.object({ id: z.string() })
const Query = z.object({
  iterationId: z.string().optional(),
  roundId: z.string().optional(),
  kind: DatasetKind.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
})

export function addDatasetRoutes(app: Server, { world, settings }: RouteContext): void {
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
    async ({ params }) => {
      const version = await findVersion(world, params.id)
      const files = await filesOf(world, version)
      const expiresAt = new Date(world.clock.now().getTime() + settings.presignSeconds * 1000).toISOString()
      const items = await Promise.all(
        files.map(async (file) => {
          const signed = await world.objects.presign(`${version.prefix}${file.path}`, settings.presignSeconds)
          const own = `/v1/datasets/${encodeURIComponent(version.id)}/download/${file.path.split('/').map(encodeURIComponent).join('/')}`
          return { ...file, url: signed ?? own, expiresAt: signed === null ? null : expiresAt }
        }),
      )
      return { items }
    },
  )

  app.get(
    '/v1/datasets/:id/download/*',
    {
      schema: {
        summary: 'Download one file of a dataset version',
        description:
          'The last part of the path is the file’s path. Takes a Range of bytes, so that a broken download can go on.',
        operationId: 'downloadDatasetFile',
        tags,
        params: z.object({ id: z.string(), '*': z.string() }),
        response: {
          200: streamOf('application/octet-stream', 'The whole file.'),
          206: streamOf('application/octet-stream', 'The part asked for.'),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const version = await findVersion(world, request.params.id)
      const path = request.params['*']
      const file = (await filesOf(world, version)).find((each) => each.path === path)
      if (file === undefined) throw notFound(`file ${path} in dataset version ${version.id}`)
      const etag = `"${file.sha256}"`
      const ifRange = request.headers['if-range']
      const range = ifRange === undefined || ifRange === etag ? readByteRange(request.headers.range, file.bytes) : null
      const { offset, length } = range ?? { offset: 0, length: file.bytes }
      if (range !== null)
        reply.code(206).header('content-range', `bytes ${offset}-${offset + length - 1}/${file.bytes}`)
      return reply
        .headers({
          'content-type': 'application/octet-stream',
          'content-length': String(length),
          'accept-ranges': 'bytes',
          etag,
          'x-content-type-options': 'nosniff',
          'cache-control': 'private, immutable, max-age=31536000',
        })
        .send(streamObject(world.objects, `${version.prefix}${path}`, { offset, length }))
    },
  )
}

async function findVersion(world: ApiWorld, id: string): Promise<DatasetVersion> {
  const version = await world.datasets.find(id)
  if (version === null)
    throw notFound(`dataset version ${id}`, '`ratchet datasets list` and GET /v1/datasets list those that there are')
  return version
}
