import type { RoundRecipe } from '../recipe/recipe.ts'
import type { ThoughtFormat } from './parsed-thought.ts'
import { plain } from './plain.ts'
import { s1 } from './s1.ts'
import { still } from './still.ts'
import { think } from './think.ts'

export type { ParsedThought, ThoughtFormat } from './parsed-thought.ts'

const formats: Readonly<Record<RoundRecipe['thoughtFormat'], ThoughtFormat>> = { think, still, s1, plain }

export function thoughtFormat(name: RoundRecipe['thoughtFormat']): ThoughtFormat {
  return formats[name]
}
