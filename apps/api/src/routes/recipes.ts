import { checkRecipe } from '@ratchet/domain/recipe/check-recipe.ts'
import { type DryJob, dryRun } from '@ratchet/stages/dry-run.ts'
import { invalidRecipe } from '../http-problem.ts'
import { problems } from '../responses.ts'
import type { RouteContext, Server } from '../route-context.ts'
import { DryRunView, RecipeCheck } from '../schemas/recipe.ts'
import { recipeBody } from './recipe-body.ts'

const tags = ['recipes']

export function addRecipeRoutes(app: Server, { world }: RouteContext): void {
  app.post(
    '/v1/recipes/check',
    {
      schema: {
        summary: 'Check a recipe by itself',
        description:
          'Lists every problem at once. Names of problem sets are not looked up: that is what a dry run does.',
        operationId: 'checkRecipe',
        tags,
        ...recipeBody,
        response: { 200: RecipeCheck, ...problems },
      },
    },
    async ({ body }) => {
      const checked = checkRecipe(body)
      return checked.ok
        ? { ok: true, problems: [], rounds: checked.rounds.length }
        : { ok: false, problems: [...checked.problems], rounds: null }
    },
  )

  app.post(
    '/v1/dry-run',
    {
      schema: {
        summary: 'Resolve a recipe and say what it would come to, without starting it',
        operationId: 'dryRun',
        tags,
        ...recipeBody,
        response: { 200: DryRunView, ...problems },
      },
    },
    async ({ body }) => {
      const outcome = await dryRun(world, body)
      if (!outcome.ok) throw invalidRecipe(outcome.problems)
      const { rounds, problemCount, firstPrompt, training, servers, estimates } = outcome
      return {
        rounds,
        problemCount,
        firstPrompt: [...firstPrompt],
        training: training.map(jobView),
        servers: servers.map(jobView),
        estimates,
      }
    },
  )
}

function jobView({ submitted, answer }: DryJob): DryRunView['training'][number] {
  return { submitted, cluster: answer.kind, reason: answer.kind === 'takes' ? null : answer.reason }
}
