import { connect, createServer, type Server, type Socket } from 'node:net'

export type CuttableProxy = {
  /** The URL that it was made for, by way of the proxy. */
  readonly url: string
  /** Breaks every connection and refuses new ones. */
  cut(): Promise<void>
  restore(): Promise<void>
}

/** A way to a server that a test can interrupt. */
export async function createCuttableProxy(target: string): Promise<CuttableProxy> {
  const { hostname, port: targetPort } = new URL(target)
  const sockets = new Set<Socket>()
  const accept = (client: Socket) => {
    const server = connect({ host: hostname, port: Number(targetPort) })
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one)
      one.pipe(other)
      one.on('error', () => {})
      one.once('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  }
  let { server, port } = await listen(accept, 0)
  const url = new URL(target)
  url.host = `127.0.0.1:${port}`
  return {
    url: url.toString(),
    cut: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
    async restore() {
      ;({ server, port } = await listen(accept, port))
    },
  }
}

async function listen(accept: (socket: Socket) => void, wanted: number): Promise<{ server: Server; port: number }> {
  const server = createServer(accept)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(wanted, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy does not listen')
  return { server, port: address.port }
}
