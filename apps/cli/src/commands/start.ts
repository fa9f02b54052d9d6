import { randomUUID } from 'node:crypto'
import { type CommandContext, print } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { readYamlFile } from '../read-yaml-file.ts'
import { watch } from './watch.ts'

/** Starts an iteration. Asking again with the same key gives the one it started. */
export async function start(
  context: CommandContext,
  file: string,
  options: { readonly idempotencyKey?: string; readonly watch?: boolean },
): Promise<number> {
  const iteration = await context.client.startIteration(await readYamlFile(file), {
    idempotencyKey: options.idempotencyKey ?? randomUUID(),
  })
  if (options.watch === true) {
    if (!context.json) context.out(`${iteration.id} started\n`)
    return await watch(context, iteration.id)
  }
  print(context, iteration, () => `${iteration.id} started; \`ratchet watch ${iteration.id}\` shows it`)
  return exitCodes.ok
}
