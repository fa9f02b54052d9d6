import { execFileSync, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A machine of its own as far as the network goes: a network namespace with an address of its own. */
export type NetworkHost = {
  readonly address: string
  /** What a command begins with to run there. */
  readonly within: readonly string[]
  /** Nothing comes in or goes out any more; open connections stay open. */
  cut(): void
  mend(): void
}

export type Network = {
  /** This machine's own address as the hosts see it. */
  readonly address: string
  readonly hosts: readonly NetworkHost[]
  /** Makes a server that listens on this machine's loopback reachable for the hosts; gives its port there. */
  publish(port: number): Promise<number>
  close(): Promise<void>
}

/** Why there can be no network of hosts here, or null. */
export function whyNoNetwork(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'network namespaces are made by root on Linux only'
  // A root without the rights, as in many containers, fails at one of them.
  for (const made of [
    ['netns', 'add', 'ratchet-probe'],
    ['link', 'add', 'rt-probe', 'type', 'bridge'],
  ]) {
    const { status, stderr } = spawnSync('ip', made, { encoding: 'utf8' })
    if (status !== 0) return `ip ${made.join(' ')}: ${stderr?.trim() || 'there is no ip; install iproute2'}`
    spawnSync('ip', [made[0] ?? '', 'delete', made[2] ?? ''])
  }
  return null
}

export function createNetwork(count: number): Network {
  const id = randomInt(16 ** 6)
    .toString(16)
    .padStart(6, '0')
  const subnet = `10.203.${randomInt(1, 255)}`
  const bridge = `rt${id}b`
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  ip('link', 'add', bridge, 'type', 'bridge')
  ip('address', 'add', `${subnet}.1/24`, 'dev', bridge)
  ip('link', 'set', bridge, 'up')
  const names = Array.from({ length: count }, (_, index) => `rt${id}h${index}`)
  const hosts = names.map((name, index): NetworkHost => {
    const address = `${subnet}.${index + 2}`
    const inside = ['netns', 'exec', name, 'ip'] as const
    ip('netns', 'add', name)
    ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
    ip('link', 'set', name, 'master', bridge, 'up')
    ip(...inside, 'address', 'add', `${address}/24`, 'dev', 'eth0')
    ip(...inside, 'link', 'set', 'eth0', 'up')
    ip(...inside, 'link', 'set', 'lo', 'up')
    return {
      address,
      within: ['ip', 'netns', 'exec', name],
      cut: () => ip('link', 'set', name, 'down'),
      mend: () => ip('link', 'set', name, 'up'),
    }
  })
  const servers: Server[] = []
  const connections = new Set<Socket>()
  return {
    address: `${subnet}.1`,
    hosts,
    publish: async (port) => {
      const server = createServer((from) => {
        const to = connect(port, '127.0.0.1')
        for (const socket of [from, to]) {
          connections.add(socket)
          socket.once('close', () => connections.delete(socket))
        }
        from.pipe(to).pipe(from)
        from.on('error', () => to.destroy()).on('close', () => to.destroy())
        to.on('error', () => from.destroy()).on('close', () => from.destroy())
      })
      servers.push(server)
      await new Promise<void>((resolve) => server.listen(0, `${subnet}.1`, resolve))
      const address = server.address()
      return typeof address === 'object' && address !== null ? address.port : 0
    },
    close: async () => {
      for (const server of servers) server.close()
      for (const socket of connections) socket.destroy()
      for (const name of names) ip('netns', 'delete', name)
      ip('link', 'delete', bridge)
    },
  }
}
