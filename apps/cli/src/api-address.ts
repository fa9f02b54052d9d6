import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { usualPort } from '@ratchet/installation/env.ts'
import { z } from 'zod'

const ServerState = z.object({ url: z.url() })

export const usualAddress = `http://127.0.0.1:${usualPort}`

/** Where the API is: as asked, as RATCHET_API says, where the running server wrote that it is, or the usual address. */
export async function findApi(
  asked: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  roots: readonly string[],
): Promise<string> {
  const named = asked ?? env['RATCHET_API']
  if (named !== undefined && named !== '') {
    if (URL.canParse(named) && /^https?:$/.test(new URL(named).protocol)) return named
    throw new Error(`the API's address ${JSON.stringify(named)} is no http:// or https:// URL`)
  }
  for (const root of roots) {
    const directory = resolve(root, env['DATA_DIR'] || '.ratchet')
    const state = await readState(join(directory, 'server.json'))
    if (state !== null) return state.url
  }
  return usualAddress
}

async function readState(path: string): Promise<z.infer<typeof ServerState> | null> {
  try {
    const parsed = ServerState.safeParse(JSON.parse(await readFile(path, 'utf8')))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
