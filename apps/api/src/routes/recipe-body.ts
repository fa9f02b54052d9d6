import { described } from '../described-body.ts'
import { RecipeView } from '../schemas/iteration.ts'

/**
 * The body of a route that takes a recipe, as JSON or YAML. It is described by the schema and checked in the handler, by the
 * recipe's own check, which knows the rules between fields and a remedy for each.
 */
export const recipeBody = {
  consumes: ['application/json', 'application/yaml'],
  body: described(RecipeView),
}
