import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ApiClient, createApiClient } from '../api-client.ts'

/** Nothing; the connection breaks behind a byte of the file, at the earliest behind the first sent; another answer. */
export type Fault = 'none' | { readonly breakAt: number } | { readonly status: number }

export type FileApi = {
  readonly client: ApiClient
  /** As in `GET model.safetensors 3-`, in the order in which downloads began. */
  readonly downloads: string[]
  /** How often the files were listed. */
  readonly lists: () => number
  /** What is handed out as the files of an id; to be changed at will. */
  readonly files: Map<string, Map<string, Buffer>>
  /** What becomes of the next downloads, the first first. */
  readonly faults: Fault[]
  /** What a download sends instead of a file's bytes. */
  readonly sent: Map<string, Buffer>
  readonly close: () => Promise<void>
}

/** The part of the API that lists and hands out files, which breaks off when it is told to. */
export async function createFileApi(): Promise<FileApi> {
  const downloads: string[] = []
  const files: FileApi['files'] = new Map()
  const sent: FileApi['sent'] = new Map()
  const faults: FileApi['faults'] = []
  let lists = 0
  const server = createServer((request, response) => {
    const [, , kind = '', id = '', what, ...path] = decodeURIComponent(request.url ?? '').split('/')
    const held = files.get(id) ?? new Map<string, Buffer>()
    if (what === 'files') {
      lists += 1
      return listFiles(response, `/v1/${kind}/${id}/download`, held, kind === 'datasets')
    }
    const name = path.join('/')
    const content = sent.get(name) ?? held.get(name) ?? Buffer.alloc(0)
    const [, first] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? []
    downloads.push(`${name}${first === undefined ? '' : ` ${first}-`}`)
    const fault = faults.shift() ?? 'none'
    if (fault !== 'none' && 'status' in fault) return response.writeHead(fault.status).end()
    const offset = Number(first ?? 0)
    const rest = content.subarray(offset)
    response.writeHead(first === undefined ? 200 : 206, { 'content-length': rest.length })
    if (fault === 'none') return response.end(rest)
    return response.write(rest.subarray(0, Math.max(1, fault.breakAt - offset)), () => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    client: createApiClient({ url: `http://127.0.0.1:${port}` }),
    downloads,
    lists: () => lists,
    files,
    faults,
    sent,
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function listFiles(response: ServerResponse, base: string, held: ReadonlyMap<string, Buffer>, hasRows: boolean): void {
  const items = [...held].map(([path, content]) => ({
    path,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    url: `${base}/${path}`,
    expiresAt: null,
    ...(hasRows ? { rows: null } : {}),
  }))
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ items }))
}
