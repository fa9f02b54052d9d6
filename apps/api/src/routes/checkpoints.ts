import type { Checkpoint } from '@ratchet/domain/checkpoint.ts'
import { z } from 'zod'
import type { ApiWorld } from '../api-world.ts'
import { filesOfCheckpoint } from '../checkpoint-files.ts'
import { notFound } from '../http-problem.ts'
import { requireIteration } from '../require-parent.ts'
import { problems } from '../responses.ts'
import type { RouteContext, Server } from '../route-context.ts'
import { CheckpointFileView, CheckpointView, checkpointView } from '../schemas/checkpoint.ts'
import { addDownloadRoute, addressFiles } from '../stored-files.ts'

const tags = ['models']
const Id = z.object({ id: z.string() })

export function addCheckpointRoutes(app: Server, context: RouteContext): void {
  const { world } = context
  const filesOf = async (id: string) => await filesOfCheckpoint(world.objects, await findCheckpoint(world, id))
  app.get(
    '/v1/checkpoints',
    {
      schema: {
        summary: 'List the checkpoints of an iteration',
        operationId: 'listCheckpoints',
        tags,
        querystring: z.object({ iterationId: z.string() }),
        response: { 200: z.strictObject({ items: z.array(CheckpointView) }), ...problems },
      },
    },
    async ({ query }) => {
      const checkpoints = await world.checkpoints.list((await requireIteration(world, query.iterationId)).id)
      return { items: checkpoints.map(checkpointView) }
    },
  )

  app.get(
    '/v1/checkpoints/:id',
    {
      schema: {
        summary: 'Read the record of a checkpoint',
        operationId: 'readCheckpoint',
        tags,
        params: Id,
        response: { 200: CheckpointView, ...problems },
      },
    },
    async ({ params }) => checkpointView(await findCheckpoint(world, params.id)),
  )

  app.get(
    '/v1/checkpoints/:id/files',
    {
      schema: {
        summary: 'List a pushed checkpoint’s files with an address to download each from',
        operationId: 'listCheckpointFiles',
        tags,
        params: Id,
        response: { 200: z.strictObject({ items: z.array(CheckpointFileView) }), ...problems },
      },
    },
    async ({ params: { id } }) => ({
      items: await addressFiles(context, `/v1/checkpoints/${encodeURIComponent(id)}`, await filesOf(id)),
    }),
  )

  addDownloadRoute(app, context, {
    path: '/v1/checkpoints',
    summary: 'Download one file of a pushed checkpoint',
    operationId: 'downloadCheckpointFile',
    tags,
    find: filesOf,
  })
}

async function findCheckpoint(world: ApiWorld, id: string): Promise<Checkpoint> {
  const checkpoint = await world.checkpoints.find(id)
  if (checkpoint === null)
    throw notFound(
      `checkpoint ${id}`,
      '`ratchet checkpoints list --iteration …` and GET /v1/checkpoints?iterationId=… list those of an iteration',
    )
  return checkpoint
}
