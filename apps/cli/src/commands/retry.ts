import type { ApiClient } from '../api-client.ts'
import { type CommandContext, print } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { readYamlFile } from '../read-yaml-file.ts'
import { refusedByName } from '../refused-by-name.ts'
import { UsageError } from '../usage-error.ts'
import { watch } from './watch.ts'

/** Goes on with a failed iteration, with the changes of a file if one is given. */
export async function retry(
  context: CommandContext,
  iterationId: string,
  options: { readonly with?: string; readonly watch?: boolean },
): Promise<number> {
  const file = options.with ?? null
  const changes = file === null ? {} : await readChanges(file)
  const { client } = context
  // What came before the retry has been told already.
  const after = options.watch === true ? await lastEventOf(client, iterationId) : 0
  const iteration = await refusedByName(file, () => client.retry(iterationId, changes))
  const { id, rounds } = iteration
  const told = (): string => {
    const round = rounds.findLast(({ state }) => state !== 'waiting')
    return round === undefined ? `${id} goes on` : `${id} goes on with ${round.state} of round ${round.index}`
  }
  if (options.watch === true) {
    if (!context.json) context.out(`${told()}\n`)
    return await watch(context, id, { after })
  }
  print(context, iteration, () => `${told()}; \`ratchet watch ${id}\` shows it`)
  return exitCodes.ok
}

async function readChanges(file: string): Promise<unknown> {
  const changes = await readYamlFile(file)
  if (changes === null || (typeof changes === 'object' && Object.keys(changes).length === 0))
    throw new UsageError(`${file} changes nothing: give it a cluster, serving or patience, or retry without --with`)
  return changes
}

/** The number of the newest event; 0 without any, and where the iteration is not over, which is not retried. */
async function lastEventOf(client: ApiClient, iterationId: string): Promise<number> {
  const { state } = await client.iteration(iterationId)
  if (state !== 'failed') return 0
  let last = 0
  for await (const { seq } of client.events(iterationId)) last = seq
  return last
}
