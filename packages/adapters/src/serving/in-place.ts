import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import type { Clock } from '@ratchet/ports/clock.ts'
import type { DeploymentReport, DeploymentRequest, Serving } from '@ratchet/ports/serving.ts'
import { tryLock } from '../detached-process/file-lock.ts'
import { whyNotReplaceable } from './checkpoint-tensors.ts'
import type { FoundServer, WeightServer } from './weight-server.ts'

export type InPlaceSettings = ReplacementSettings & {
  /** One checkpoint is on each at a time, so an incumbent and a candidate need two. */
  readonly servers: readonly WeightServer[]
}

/** Servers of one kind by their addresses. */
export type RunningServersSettings = ReplacementSettings & {
  readonly urls: readonly string[]
  readonly clock: Clock
  readonly apiKey?: string | undefined
}

type ReplacementSettings = {
  /** Holds the locks by which one worker at a time replaces a server's weights. */
  readonly directory: string
  /** Requests in flight at most on each server. */
  readonly maxInFlight: number
  /** The variable that holds the servers' key, for those who sample. */
  readonly apiKeyEnv?: string | undefined
  /** How long running requests may go on after the release. Default 60,000. */
  readonly drainTimeoutMs?: number
}

/** What a server's label says: the deployment that it serves, or for which its weights are being replaced. */
const serves = (name: string) => `ratchet serves ${name}`
const loads = (name: string) => `ratchet loads ${name}`
const free = 'ratchet free'
const isTaken = (label: string) => label.startsWith(serves(''))

type Seen = { readonly server: WeightServer; readonly found: FoundServer }

/**
 * Serves checkpoints by replacing the weights of running servers, which keep their own model's name. A server goes from free to
 * loading to serving and, released, back to free; that is its label, so all workers see the same and a server that was restarted
 * is free. It is labelled as serving only after the proof, and a load that was cut short, failed or was refuted is done anew by
 * whoever comes next. Until then a server with broken weights stays paused. Weights that somebody changed after the proof are
 * loaded anew.
 */
export function createInPlaceServing(settings: InPlaceSettings): Serving {
  const { servers, maxInFlight, apiKeyEnv, drainTimeoutMs = 60_000 } = settings

  const ready = ({ server, found }: Seen): DeploymentReport => {
    const endpoint = { url: server.url, maxInFlight, ...(apiKeyEnv === undefined ? {} : { apiKeyEnv }) }
    return { state: 'ready', served: { model: found.model, endpoints: [endpoint] } }
  }

  const refute = async ({ server, found }: Seen, reason: string): Promise<string> => {
    await server.halt()
    await server.mark(free)
    return `${reason}; ${found.model} at ${server.url} stays paused until other weights are loaded`
  }

  const prove = async (
    seen: Seen,
    { canary }: DeploymentRequest,
    whenRefuted: (reason: string) => Promise<DeploymentReport>,
  ): Promise<DeploymentReport> => {
    if (canary === null) return ready(seen)
    const proof = await seen.server.prove(seen.found, canary)
    if (proof.kind === 'proven') return ready(seen)
    if (proof.kind === 'refuted') return await whenRefuted(proof.reason)
    return starting(`the server at ${seen.server.url} does not score its canary: it is overloaded or its engine hangs`)
  }

  const replace = async (seen: Seen, deployment: DeploymentRequest): Promise<DeploymentReport> => {
    const { server, found } = seen
    const { name, path, canary } = deployment
    const unusable = whyNotReplaceable(found.root, path)
    if (unusable !== null) return failed(unusable)
    const away = starting(`the server at ${server.url} does not answer while it loads ${name}`)
    // A paused server may have broken weights, and one that samples with those ends.
    if (canary !== null && !found.paused) await server.prepare(found, canary)
    if (!(await server.mark(loads(name)))) return away
    const replacement = await server.replace(found, path, loads(name))
    if (replacement.kind === 'unanswered') return away
    if (replacement.kind === 'refused') return failed(replacement.reason)
    if (!(await server.resume())) return away
    const report = await prove(seen, deployment, async (reason) => failed(await refute(seen, reason)))
    if (report.state === 'ready' && !(await server.mark(serves(name)))) return away
    return report
  }

  /** Acts on a server under its lock, if it is still as it was before: it may have been taken or released since. */
  const underLock = async (
    server: WeightServer,
    isStill: (label: string) => boolean,
    act: (seen: Seen) => Promise<DeploymentReport>,
  ): Promise<DeploymentReport> => {
    const busy = starting(`another worker loads weights at ${server.url}`)
    const lock = tryLock(join(resolve(settings.directory), `${fileName(server.url)}.lock`))
    if (lock === null) return busy
    try {
      const found = await server.look()
      return found.kind === 'found' && isStill(found.label) ? await act({ server, found }) : busy
    } finally {
      lock.release()
    }
  }

  return {
    ensure: async (given) => {
      const deployment = { ...given, path: resolve(given.path) }
      const { name } = deployment
      const looks = await Promise.all(servers.map(async (server) => ({ server, look: await server.look() })))
      const found = looks.flatMap(({ server, look }) => (look.kind === 'found' ? [{ server, found: look }] : []))
      const mine = found.find((each) => each.found.label === serves(name))
      if (mine?.found.paused) return starting(`the server at ${mine.server.url} was paused by somebody`)
      if (mine !== undefined) {
        const isStill = (label: string) => label === serves(name)
        return await prove(mine, deployment, (reason) =>
          // Somebody changed what was proven before; the next look loads it anew, and fails when that does not help.
          underLock(mine.server, isStill, async (seen) => starting(await refute(seen, reason))),
        )
      }
      // It may be the one that serves the deployment already, to workers that go on sampling from it.
      const away = looks.find(({ look }) => look.kind === 'unanswered')
      if (away !== undefined) return starting(`the server at ${away.server.url} does not answer yet`)
      const candidates = found.filter((each) => !isTaken(each.found.label))
      const choice = candidates.find((each) => each.found.label === loads(name)) ?? candidates[0]
      if (choice !== undefined)
        return await underLock(
          choice.server,
          (label) => !isTaken(label),
          (seen) => replace(seen, deployment),
        )
      const unfit = looks.flatMap(({ look }) => (look.kind === 'unfit' ? [look.reason] : []))[0]
      if (unfit !== undefined) return failed(unfit)
      const taken = found.map(
        (each) => `${each.server.url} serves ${each.found.label.slice(serves('').length)} already`,
      )
      return starting(`${taken.join(', ')}: release it, or name a further server in serving.urls`)
    },
    release: async (name) => {
      for (const server of servers) {
        const look = await server.look()
        if (look.kind !== 'found' || (look.label !== serves(name) && look.label !== loads(name))) continue
        await server.drain(drainTimeoutMs)
        await server.mark(free)
      }
    },
    close: async () => {
      for (const server of servers) await server.close()
    },
  }
}

function fileName(url: string): string {
  return `weights-${createHash('sha256').update(url).digest('hex').slice(0, 16)}`
}

function starting(reason: string): DeploymentReport {
  return { state: 'starting', reason }
}

function failed(reason: string): DeploymentReport {
  return { state: 'failed', reason }
}
