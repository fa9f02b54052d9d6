import { z } from 'zod'
import type { ApiWorld } from './api-world.ts'
import { readByteRange } from './byte-range.ts'
import { HttpProblem, notFound } from './http-problem.ts'
import { mapBounded } from './map-bounded.ts'
import { streamObject } from './object-stream.ts'
import { problems, streamOf } from './responses.ts'
import type { RouteContext, Server } from './route-context.ts'
import type { StoredFileView } from './schemas/stored-file.ts'

/** A checkpoint may have thousands of files, and other requests want the store too. */
const lookedAtOnce = 16

/** A file in the object store that never changes, and what proves it. */
export type StoredFile = Pick<StoredFileView, 'path' | 'bytes' | 'sha256'>

/** The files of something immutable, as a dataset version or a checkpoint. The key of each is the prefix and its path. */
export type StoredFiles<File extends StoredFile = StoredFile> = {
  /** What they belong to, as errors name it. */
  readonly owner: string
  readonly prefix: string
  readonly files: readonly File[]
  /** What to do when an object is gone. */
  readonly remedy: string
}

/**
 * Each file with an address to download it from: one that the store signs, else that of the download route below `base`. Throws
 * a 409 when an object is gone.
 */
export async function addressFiles<File extends StoredFile>(
  { world, settings }: Pick<RouteContext, 'world' | 'settings'>,
  base: string,
  stored: StoredFiles<File>,
): Promise<(File & Pick<StoredFileView, 'url' | 'expiresAt'>)[]> {
  const expiresAt = new Date(world.clock.now().getTime() + settings.presignSeconds * 1000).toISOString()
  return await mapBounded(stored.files, lookedAtOnce, async (file) => {
    await requireObject(world, stored, file)
    const signed = await world.objects.presign(`${stored.prefix}${file.path}`, settings.presignSeconds)
    const own = `${base}/download/${file.path.split('/').map(encodeURIComponent).join('/')}`
    return { ...file, url: signed ?? own, expiresAt: signed === null ? null : expiresAt }
  })
}

/** Adds `GET <path>/:id/download/*`, which answers with one of the files that `find` has for an id. */
export function addDownloadRoute(
  app: Server,
  { world }: RouteContext,
  route: {
    readonly path: `/v1/${string}`
    readonly summary: string
    readonly operationId: string
    readonly tags: readonly string[]
    readonly find: (id: string) => Promise<StoredFiles>
  },
): void {
  const { path: base, summary, operationId, tags, find } = route
  app.get(
    `${base}/:id/download/*`,
    {
      schema: {
        summary,
        description:
          'The last part of the path is the file’s path. Takes a Range of bytes, so that a broken download can go on.',
        operationId,
        tags: [...tags],
        params: z.object({ id: z.string(), '*': z.string() }),
        response: {
          200: streamOf('application/octet-stream', 'The whole file.'),
          206: streamOf('application/octet-stream', 'The part asked for.'),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const stored = await find(request.params.id)
      const path = request.params['*']
      const file = stored.files.find((each) => each.path === path)
      if (file === undefined)
        throw notFound(`file ${path} in ${stored.owner}`, `GET ${base}/{id}/files lists its files`)
      const etag = `"${file.sha256}"`
      const ifRange = request.headers['if-range']
      const range = ifRange === undefined || ifRange === etag ? readByteRange(request.headers.range, file.bytes) : null
      await requireObject(world, stored, file)
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
        .send(streamObject(world.objects, `${stored.prefix}${path}`, { offset, length }))
    },
  )
}

/** The hash is for whoever downloads to prove; that the length is right spares most of them the trouble. */
async function requireObject({ objects }: ApiWorld, stored: StoredFiles, file: StoredFile): Promise<void> {
  const found = await objects.head(`${stored.prefix}${file.path}`)
  if (found?.bytes === file.bytes) return
  const what = found === null ? 'is gone from the object store' : `has ${found.bytes} bytes instead of ${file.bytes}`
  throw notStored(`the file ${file.path} of ${stored.owner} ${what}: ${stored.remedy}`)
}

/** The record is there, and the object store does not have what it speaks of. */
export function notStored(detail: string): HttpProblem {
  return new HttpProblem(409, 'not-stored', detail)
}
