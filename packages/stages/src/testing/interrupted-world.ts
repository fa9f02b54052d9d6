import { PortError } from '@ratchet/ports/port-error.ts'
import type { World } from '../world.ts'

/**
 * `refused`: the write does not take place and its caller is told so. `unanswered`: it takes place, but its caller is told that it failed.
 * `died`: it takes place and is the last thing that the process does; none of its calls comes back.
 */
export type Interruption = 'refused' | 'unanswered' | 'died'

export type InterruptedWorld = {
  readonly world: World
  /** The writes so far, as in `rounds.updateRound`. */
  readonly writes: readonly string[]
  readonly isDead: () => boolean
}

/** The world of a process in which the write number `at`, counted from 0, is interrupted. */
export function interruptWorld(
  world: World,
  interruption: { readonly at: number; readonly how: Interruption } | null = null,
): InterruptedWorld {
  const writes: string[] = []
  let dead = false
  const never = () => new Promise<never>(() => {})

  const write = async (name: string, call: () => Promise<unknown>): Promise<unknown> => {
    const hit = writes.push(name) - 1 === interruption?.at ? interruption.how : null
    if (hit === 'refused') throw new PortError(`${name} was refused`, { retryable: true })
    const answer = await call()
    if (hit === 'unanswered') throw new PortError(`${name} got no answer`, { retryable: true })
    if (hit === 'died') dead = true
    return answer
  }
  /** The port, with its calls numbered where they write. */
  const fragile = <Port extends object>(part: string, port: Port, writing: readonly (keyof Port)[]): Port => {
    const names = new Set<PropertyKey>(writing)
    return new Proxy(port, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return async (...given: unknown[]) => {
          if (dead) return await never()
          const call = async (): Promise<unknown> => Reflect.apply(value, target, given)
          const answer = await (names.has(name) ? write(`${part}.${String(name)}`, call) : call())
          return dead ? await never() : answer
        }
      },
    })
  }

  return {
    writes,
    isDead: () => dead,
    world: {
      ...world,
      rounds: fragile('rounds', world.rounds, ['createIteration', 'updateIteration', 'updateRound', 'reopen']),
      shards: fragile('shards', world.shards, ['plan', 'claim', 'heartbeat', 'settle']),
      events: fragile('events', world.events, ['append']),
      queue: fragile('queue', world.queue, ['enqueue']),
      reverifications: fragile('reverifications', world.reverifications, [
        'create',
        'claim',
        'heartbeat',
        'storePage',
        'settle',
      ]),
      trajectories: fragile('trajectories', world.trajectories, ['append', 'score', 'decide']),
      datasets: fragile('datasets', world.datasets, ['record']),
      datasetWriter: fragile('datasetWriter', world.datasetWriter, ['write']),
      checkpoints: fragile('checkpoints', world.checkpoints, ['record']),
      training: fragile('training', world.training, ['record', 'append']),
      deployments: fragile('deployments', world.deployments, ['record']),
      reports: fragile('reports', world.reports, ['record']),
      problems: fragile('problems', world.problems, []),
      inference: { open: (target) => fragile('inference', world.inference.open(target), []) },
      cluster: async (choice) => fragile('cluster', await world.cluster(choice), ['ensure', 'pause', 'cancel']),
      serving: async (choice) => fragile('serving', await world.serving(choice), ['ensure', 'release']),
    },
  }
}
