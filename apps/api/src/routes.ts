import type { RouteContext, Server } from './route-context.ts'
import { addArtifactRoutes } from './routes/artifacts.ts'
import { addCheckpointRoutes } from './routes/checkpoints.ts'
import { addDatasetRoutes } from './routes/datasets.ts'
import { addDemonstrationSetRoutes } from './routes/demonstration-sets.ts'
import { addEventRoutes } from './routes/events.ts'
import { addHealthRoutes } from './routes/health.ts'
import { addIterationRoutes } from './routes/iterations.ts'
import { addMetricsRoute } from './routes/metrics.ts'
import { addProblemSetRoutes } from './routes/problem-sets.ts'
import { addRecipeRoutes } from './routes/recipes.ts'
import { addReverificationRoutes } from './routes/reverifications.ts'
import { addRoundRoutes } from './routes/rounds.ts'
import { addTrainingRoutes } from './routes/training.ts'
import { addTrajectoryRoutes } from './routes/trajectories.ts'

/** Every route there is. */
export function addRoutes(app: Server, context: RouteContext): void {
  addIterationRoutes(app, context)
  addEventRoutes(app, context)
  addRecipeRoutes(app, context)
  addRoundRoutes(app, context)
  addReverificationRoutes(app, context)
  addTrainingRoutes(app, context)
  addTrajectoryRoutes(app, context)
  addProblemSetRoutes(app, context)
  addDemonstrationSetRoutes(app, context)
  addDatasetRoutes(app, context)
  addCheckpointRoutes(app, context)
  addArtifactRoutes(app, context)
  addHealthRoutes(app, context)
  addMetricsRoute(app, context)
  app.get('/v1/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
