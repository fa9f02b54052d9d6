import { type CommandContext, print } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'

/** Pauses, resumes or cancels an iteration. */
export async function steer(
  context: CommandContext,
  steering: 'pause' | 'resume' | 'cancel',
  iterationId: string,
): Promise<number> {
  const iteration = await context.client.steer(iterationId, steering)
  print(context, iteration, () => `${iteration.id} is ${iteration.state}`)
  return exitCodes.ok
}
