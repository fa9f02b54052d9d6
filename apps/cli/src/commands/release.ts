import { type CommandContext, print } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'

/** Asks for what an iteration that is over still serves to be taken out of service, and does not wait for it. */
export async function release(context: CommandContext, iterationId: string): Promise<number> {
  const { id } = await context.client.release(iterationId)
  const open = (await context.client.deployments(id)).filter(({ state }) => state === 'releasing')
  print(context, open, () =>
    open.length === 0
      ? `${id} serves nothing any more`
      : open.map(({ name }) => `${name} is being taken out of service`).join('\n'),
  )
  return exitCodes.ok
}
