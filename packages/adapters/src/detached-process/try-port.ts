import { createServer } from 'node:net'

/** Binds a loopback port for a moment, any free one for 0. Gives the port, or null when it is taken. */
export function tryPort(port: number): Promise<number | null> {
  return new Promise((answer) => {
    const server = createServer().once('error', () => answer(null))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => answer(address !== null && typeof address === 'object' ? address.port : null))
    })
  })
}
