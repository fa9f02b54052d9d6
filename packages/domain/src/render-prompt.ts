import type { ChatMessage } from './dataset-version.ts'
import type { RoundRecipe } from './recipe/recipe.ts'

/** The messages that put a problem to a model; the same for exploring, training and evaluating. */
export function renderPrompt(prompt: RoundRecipe['prompt'], problem: { readonly prompt: string }): ChatMessage[] {
  const user: ChatMessage = { role: 'user', content: prompt.user.split('{problem}').join(problem.prompt) }
  return prompt.system === undefined ? [user] : [{ role: 'system', content: prompt.system }, user]
}
