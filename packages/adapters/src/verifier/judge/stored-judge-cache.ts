import { ObjectNotFound, type ObjectStore } from '@ratchet/ports/object-store.ts'
import { type JudgeCache, JudgeReply } from './judge-cache.ts'

export type StoredJudgeCacheSettings = {
  readonly objects: Pick<ObjectStore, 'get' | 'put'>
  /** In front of the store, so that a process reads a reply once. */
  readonly memory: JudgeCache
  readonly onFailure: (error: unknown) => void
}

/** Replies as objects `judge-cache/<2 hex>/<key>.json`: whoever runs a step again asks nothing again. Of two writers the first counts. */
export function createStoredJudgeCache({ objects, memory, onFailure }: StoredJudgeCacheSettings): JudgeCache {
  const read = async (path: string): Promise<JudgeReply | null> => {
    const bytes = await objects.get(path).catch((error: unknown) => {
      if (!(error instanceof ObjectNotFound)) throw error
      return null
    })
    return bytes === null ? null : parseReply(new TextDecoder().decode(bytes))
  }
  return {
    async get(key) {
      const known = await memory.get(key)
      if (known !== null) return known
      try {
        const stored = await read(pathOf(key))
        return stored === null ? null : await memory.put(key, stored)
      } catch (error) {
        onFailure(error)
        return null
      }
    },
    async put(key, reply) {
      const path = pathOf(key)
      const bytes = new TextEncoder().encode(JSON.stringify(reply))
      let kept = reply
      try {
        const { existed } = await objects.put(path, bytes, { ifAbsent: true, contentType: 'application/json' })
        const first = existed ? await read(path) : reply
        // What is there and cannot be read is no reply.
        if (first === null) await objects.put(path, bytes, { contentType: 'application/json' })
        kept = first ?? reply
      } catch (error) {
        onFailure(error)
      }
      return await memory.put(key, kept)
    },
  }
}

function pathOf(key: string): string {
  return `judge-cache/${key.slice(0, 2)}/${key}.json`
}

function parseReply(text: string): JudgeReply | null {
  try {
    return JudgeReply.parse(JSON.parse(text))
  } catch {
    return null
  }
}
