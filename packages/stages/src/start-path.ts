import type { StageContext } from './stage.ts'

/** What the round's training starts from: the recipe's base model, or the incumbent's checkpoint where there is one and the recipe wants it. */
export async function startPathOf({ world, recipe, round }: StageContext): Promise<string> {
  if (recipe.train.start !== 'incumbent' || round.incumbentCheckpointId === null) return recipe.baseModel
  return (await world.checkpoints.find(round.incumbentCheckpointId))?.path ?? recipe.baseModel
}
