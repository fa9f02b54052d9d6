import { type CommandContext, print } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { percent } from '../progress/bar.ts'
import { table } from '../table.ts'

/** The checkpoints of an iteration, how well each does, and where it is. */
export async function listCheckpoints(
  context: CommandContext,
  { iteration }: { readonly iteration: string },
): Promise<number> {
  const { client, json } = context
  const checkpoints = await client.checkpoints(iteration)
  const reports = json ? [] : await client.reports(iteration)
  const passAt1Of = (id: string): string =>
    reports
      .filter((report) => report.checkpointId === id)
      .map(({ benchmark, passAt1 }) => `${benchmark} ${percent(passAt1.value)}`)
      .join(', ')
  print(context, checkpoints, () =>
    checkpoints.length === 0
      ? 'no checkpoints'
      : table(
          ['checkpoint', 'round', 'pass@1', 'where'],
          checkpoints.map(({ id, roundId, uri, path }) => [id, roundId ?? '', passAt1Of(id), uri ?? path]),
        ),
  )
  return exitCodes.ok
}
