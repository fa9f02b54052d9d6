import { type CommandContext, print } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { readYamlFile } from '../read-yaml-file.ts'
import { watch } from './watch.ts'

/** Goes on with a failed iteration, with the changes of a file if one is given. */
export async function retry(
  context: CommandContext,
  iterationId: string,
  options: { readonly with?: string; readonly watch?: boolean },
): Promise<number> {
  const changes = options.with === undefined ? {} : ((await readYamlFile(options.with)) ?? {})
  const iteration = await context.client.retry(iterationId, changes)
  const { id, rounds } = iteration
  const told = (): string => {
    const round = rounds.findLast(({ state }) => state !== 'waiting')
    return round === undefined ? `${id} goes on` : `${id} goes on with ${round.state} of round ${round.index}`
  }
  if (options.watch === true) {
    if (!context.json) context.out(`${told()}\n`)
    return await watch(context, id)
  }
  print(context, iteration, () => `${told()}; \`ratchet watch ${id}\` shows it`)
  return exitCodes.ok
}
