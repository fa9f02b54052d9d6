import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

/**
 * `lose-answer`: the server does what is asked, and the connection breaks before its answer. `conflict`: the answer is S3's for
 * a conflict, and the server is not asked. `change-body`: a bit of the answer flips. `cut-body`: half of the answer arrives.
 */
export type Breakage = 'lose-answer' | 'conflict' | 'change-body' | 'cut-body'

export type BreakingProxy = {
  readonly url: string
  /** Breaks the next requests of a kind, and forgets earlier breakages. */
  breakNext(how: Breakage, which: (request: IncomingMessage) => boolean, times?: number): void
  /** Requests broken since the last `breakNext`. */
  broken(): number
  close(): Promise<void>
}

const conflict = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>ConditionalRequestConflict</Code></Error>'

/** Stands before a real server, with the same host header, so that signatures stay valid. */
export async function startBreakingProxy(target: string): Promise<BreakingProxy> {
  let plan: { how: Breakage; which: (request: IncomingMessage) => boolean; left: number } | null = null
  let broken = 0
  const next = (asked: IncomingMessage): Breakage | null => {
    if (plan === null || plan.left === 0 || !plan.which(asked)) return null
    plan.left -= 1
    broken += 1
    return plan.how
  }
  const server = createServer((asked, answer) => {
    const how = next(asked)
    if (how === 'conflict') {
      asked.resume()
      asked.once('end', () => answer.writeHead(409, { 'content-type': 'application/xml' }).end(conflict))
      return
    }
    const { hostname, port } = new URL(target)
    const options = { hostname, port, path: asked.url, method: asked.method, headers: asked.headers, agent: false }
    const forwarded = request(options, (real) => pass(real, answer, how))
    forwarded.once('error', () => answer.destroy())
    asked.pipe(forwarded)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    breakNext(how, which, times = 1) {
      plan = { how, which, left: times }
      broken = 0
    },
    broken: () => broken,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function pass(real: IncomingMessage, answer: ServerResponse, how: Breakage | null): void {
  const parts: Buffer[] = []
  real.on('data', (part: Buffer) => parts.push(part))
  real.once('end', () => {
    const body = Buffer.concat(parts)
    if (how === 'lose-answer') return answer.destroy()
    if (how === 'change-body') body[0] = (body[0] ?? 0) ^ 1
    answer.writeHead(real.statusCode ?? 502, real.headers)
    if (how === 'cut-body') answer.write(body.subarray(0, body.length / 2), () => answer.destroy())
    else answer.end(body)
  })
}
