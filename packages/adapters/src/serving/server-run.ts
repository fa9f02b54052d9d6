import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { portOf } from '../cluster/launch.ts'
import { attemptDirectory } from '../cluster/run-directory.ts'
import { type Run, type RunName, serverAddressFile } from '../cluster/scheduler.ts'
import { shellWords } from '../cluster/shell-words.ts'
import { serverCommand } from './server-command.ts'

/** What a deployment's runs are kept under: its name where that will do, or one made from it. */
export function serverId(name: string): string {
  if (/^[A-Za-z0-9-]+$/.test(name)) return name
  return `${name.replaceAll(/[^A-Za-z0-9-]/g, '-')}-${shortHash(name)}`
}

/** Other installations may serve the same name on the same cluster, so the directory is part of the run's. */
export function serverRunName(id: string, directory: string, attempt: number): RunName {
  const own = attemptDirectory(resolve(directory), attempt)
  return { name: `ratchet-serve-${id}-${shortHash(resolve(directory))}-${attempt}`, directory: own, role: 'server' }
}

/**
 * A server's job: the shell finds a port that nobody on its node listens on, leaves the node's address with it in the attempt's
 * directory, and becomes the server. Other jobs may have the node too, so the port cannot be known before.
 */
export function serverRun(
  run: RunName,
  wanted: {
    readonly command: readonly string[]
    readonly path: string
    /** Of the model. */
    readonly name: string
    readonly timeLimitMinutes: number
    readonly graceSeconds: number
  },
): Run {
  const { command, path, name, timeLimitMinutes, graceSeconds } = wanted
  const file = serverAddressFile(run)
  const server = shellWords(serverCommand(command, { path, name, port: '{port}' })).replaceAll('{port}', `'"$port"'`)
  const script = `port=${portOf(run.name)}
while grep -qs ":$(printf '%04X' "$port") [0-9A-F]*:0000 0A" /proc/net/tcp /proc/net/tcp6; do port=$((port + 1)); done
printf '%s %s\\n' "$RATCHET_MAIN_ADDRESS" "$port" >${shellWords([`${file}.draft`])} && mv ${shellWords([`${file}.draft`, file])} || exit 1
exec ${server}
`
  return { ...run, nodes: 1, command: ['/bin/sh', '-c', script], timeLimitMinutes, graceSeconds }
}

/** Where the run's server listens; null before its job runs. */
export function serverUrl(run: RunName): string | null {
  try {
    // A directory that is read anew shows what NFS would still take for absent.
    const file = serverAddressFile(run)
    if (!readdirSync(run.directory).includes(basename(file))) return null
    const [address = '', port] = readFileSync(file, 'utf8').trim().split(' ')
    return port === undefined ? null : `http://${address.includes(':') ? `[${address}]` : address}:${port}`
  } catch {
    return null
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
