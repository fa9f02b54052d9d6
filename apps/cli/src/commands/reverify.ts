import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReverificationView } from '@ratchet/api/schemas/reverification.ts'
import { ApiUnreachable } from '../api-error.ts'
import { type CommandContext, print } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { bar, percent } from '../progress/bar.ts'
import { createProgress } from '../progress/create-progress.ts'

export type ReverifyOptions = {
  readonly only?: string
  readonly purpose?: string
  readonly problemSet?: string
  readonly problem?: readonly string[]
  readonly verifiedBy?: readonly string[]
  readonly notVerifiedBy?: readonly string[]
  readonly idempotencyKey?: string
  readonly wait?: boolean
}

const lookEveryMs = 500

/** Verifies stored attempts of a round again. With `wait`, 0 only when it came to its end; Ctrl-C leaves it going on. */
export async function reverify(context: CommandContext, roundId: string, options: ReverifyOptions): Promise<number> {
  const { client } = context
  const { only: decision, problem: problemIds, idempotencyKey = randomUUID(), wait, ...rest } = options
  const begun = await client.reverify(roundId, { decision, problemIds, ...rest }, { idempotencyKey })
  if (wait !== true) {
    print(context, begun, () => `${begun.id} is to verify ${attempts(begun.total)} again; ${howToLook(begun)}`)
    return exitCodes.ok
  }
  const ended = await untilEnded(context, begun)
  print(context, ended ?? begun, () => (ended === null ? `${begun.id} goes on; ${howToLook(begun)}` : outcome(ended)))
  if (ended === null) return exitCodes.interrupted
  return ended.state === 'done' ? exitCodes.ok : exitCodes.failed
}

/** Shows how far it is until it has ended; null when interrupted. A server that goes away is waited for. */
async function untilEnded(context: CommandContext, begun: ReverificationView): Promise<ReverificationView | null> {
  const { client, json, terminal } = context
  const signal = context.interrupted()
  const stream = json ? { write: () => {} } : terminal.stream
  const progress = createProgress({ stream, isTty: terminal.isTty && !json })
  try {
    for (let now = begun; ; ) {
      progress.update([progressLine(now)])
      if (now.state === 'done' || now.state === 'failed') return now
      await sleep(lookEveryMs, undefined, { signal })
      try {
        now = await client.reverification(begun.roundId, begun.id, signal)
      } catch (error) {
        if (!(error instanceof ApiUnreachable)) throw error
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
    return null
  } finally {
    progress.done()
  }
}

function progressLine({ checked, total, state, reason }: ReverificationView): string {
  const share = total === 0 ? 1 : Math.min(1, checked / total)
  const line = `verified again  ${bar(share, 20)}  ${checked}/${total}  ${percent(share)}  ${state}`
  return reason === null ? line : `${line}: ${reason}`
}

function outcome({ id, state, checked, appended, changes, reason }: ReverificationView): string {
  const changed = changes.map(({ from, to, trajectories }) => `\n  ${from} → ${to}: ${trajectories}`).join('')
  const counts = `${attempts(checked)} verified again, ${appended} new verdict${appended === 1 ? '' : 's'}${changed}`
  return state === 'done' ? `${id}: ${counts}` : `${id} failed: ${reason}; ${counts}`
}

function attempts(count: number): string {
  return count === 1 ? '1 attempt' : `${count} attempts`
}

function howToLook({ id, roundId }: ReverificationView): string {
  return `GET /v1/rounds/${roundId}/reverifications/${id} shows it`
}
