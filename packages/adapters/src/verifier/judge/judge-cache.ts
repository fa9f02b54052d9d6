import { z } from 'zod'

/** A judge's reply as it is kept: the end of its text, in which the decision stands. */
export const JudgeReply = z.strictObject({
  text: z.string(),
  /** `cut`: it did not end by itself, mostly at the token limit, so it decides nothing. */
  finish: z.enum(['stop', 'cut']),
  /** Of prompt and reply. */
  tokens: z.number().int().min(0),
})
export type JudgeReply = z.infer<typeof JudgeReply>

/** Replies by the key of their question, lower-case hex of a sha256. Never throws: what cannot be read or kept is asked again. */
export interface JudgeCache {
  get(key: string): Promise<JudgeReply | null>
  /** Keeps a reply unless there is one; gives back the one that is kept. */
  put(key: string, reply: JudgeReply): Promise<JudgeReply>
}

/** In memory, the least recently used is forgotten. */
export function createMemoryJudgeCache({ most = 10_000 }: { readonly most?: number } = {}): JudgeCache {
  const replies = new Map<string, JudgeReply>()
  const keep = (key: string, reply: JudgeReply): JudgeReply => {
    replies.delete(key)
    replies.set(key, reply)
    const [oldest] = replies.keys()
    if (replies.size > most && oldest !== undefined) replies.delete(oldest)
    return reply
  }
  return {
    get: async (key) => {
      const reply = replies.get(key)
      return reply === undefined ? null : keep(key, reply)
    },
    put: async (key, reply) => keep(key, replies.get(key) ?? reply),
  }
}
