/** Listens and gives the address, or says in one sentence why that cannot be. */
export async function listen(
  server: { listen(address: { host: string; port: number }): Promise<string> },
  host: string,
  port: number,
): Promise<string> {
  try {
    return await server.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'EADDRINUSE')
      throw new Error(
        `port ${port} on ${host} is used by another program: stop it, or choose another with --port or API_PORT (0 takes any free one)`,
      )
    if (code === 'EACCES') throw new Error(`port ${port} on ${host} may not be used: choose one above 1023`)
    if (code === 'EADDRNOTAVAIL') throw new Error(`${host} is no address of this machine: choose another host`)
    throw error
  }
}
