import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { createProgress } from '../progress/create-progress.ts'
import { retryHint } from '../retry-hint.ts'
import { watchIteration } from '../watch-iteration.ts'

/** Shows an iteration until it is over; 0 only when it succeeded. Ctrl-C leaves the iteration running. */
export async function watch(
  context: CommandContext,
  iterationId: string,
  /** Tells only of events behind this number. */
  { after = 0 }: { readonly after?: number } = {},
): Promise<number> {
  const { client, json, out } = context
  const signal = context.interrupted()
  const { stream, isTty } = context.terminal
  const silent = { write: () => {} }
  const progress = createProgress({ stream: json ? silent : stream, isTty: isTty && !json })
  try {
    const iteration = await watchIteration(client, iterationId, progress, {
      signal,
      after,
      onEvent: (event) => json && out(`${JSON.stringify(event)}\n`),
      onTraining: (roundId, training) => json && out(`${JSON.stringify({ kind: 'training', roundId, training })}\n`),
    })
    progress.done()
    const { id, state, reason } = iteration
    if (json) out(`${JSON.stringify({ id, state, reason })}\n`)
    else out(`${id} ${state}${reason === null ? '' : `: ${reason}`}${retryHint(iteration)}\n`)
    return state === 'succeeded' ? exitCodes.ok : exitCodes.failed
  } catch (error) {
    progress.done()
    if (!signal.aborted) throw error
    if (!json)
      out(
        `${iterationId} goes on; \`ratchet watch ${iterationId}\` shows it again, \`ratchet cancel ${iterationId}\` ends it\n`,
      )
    return exitCodes.interrupted
  }
}
