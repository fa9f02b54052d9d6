import { DeploymentView, ReportView } from '@ratchet/api/schemas/artifact.ts'
import { CheckpointFileView, CheckpointView } from '@ratchet/api/schemas/checkpoint.ts'
import { DatasetFileView, DatasetView } from '@ratchet/api/schemas/dataset.ts'
import { DemonstrationSetView } from '@ratchet/api/schemas/demonstration-set.ts'
import type { EventView } from '@ratchet/api/schemas/event.ts'
import { IterationPage, IterationView } from '@ratchet/api/schemas/iteration.ts'
import { offsetPage } from '@ratchet/api/schemas/page.ts'
import { ProblemSetView } from '@ratchet/api/schemas/problem-set.ts'
import { DryRunView, RecipeCheck } from '@ratchet/api/schemas/recipe.ts'
import { ReverificationView } from '@ratchet/api/schemas/reverification.ts'
import { RoundSummary, RoundView, ShardView } from '@ratchet/api/schemas/round.ts'
import type { StoredFileView } from '@ratchet/api/schemas/stored-file.ts'
import { TrainingStepPage, TrainingView } from '@ratchet/api/schemas/training.ts'
import { TrajectorySummary, TrajectoryView } from '@ratchet/api/schemas/trajectory.ts'
import { z } from 'zod'
import { type ApiConnection, type ApiSettings, connectApi } from './api-connection.ts'
import { type FollowOptions, followEvents } from './follow-events.ts'

const json = { 'content-type': 'application/json' }
const rows = { 'content-type': 'application/x-ndjson' }
const itemsOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) })
const Recurated = z.object({ curationId: z.string(), versions: z.array(DatasetView) })
export type Recurated = z.infer<typeof Recurated>

/** JSON Lines to upload: their text, or a stream of it. */
export type Upload = string | ReadableStream<Uint8Array>

export type ApiClient = ReturnType<typeof createApiClient>

/**
 * The API as functions. Answers are checked against the schemas that the API itself uses. Throws ApiUnreachable, ApiRefused and
 * ApiMismatch.
 */
export function createApiClient(settings: ApiSettings) {
  const api = connectApi(settings)
  const one = (kind: string, id: string, rest = ''): string => `/v1/${kind}/${encodeURIComponent(id)}${rest}`
  const listed = async <Item extends z.ZodType>(path: string, item: Item, query = {}) =>
    (await api.read(path, itemsOf(item), { query })).items
  return {
    url: api.url,

    /** The same key gives the iteration it started before. */
    startIteration: (recipe: unknown, options: { idempotencyKey?: string | undefined } = {}) =>
      api.read('/v1/iterations', IterationView, {
        method: 'POST',
        headers: {
          ...json,
          ...(options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey }),
        },
        body: JSON.stringify(recipe),
      }),
    iterations: (query: { limit?: number; cursor?: string; state?: string } = {}) =>
      api.read('/v1/iterations', IterationPage, { query }),
    iteration: (id: string, signal?: AbortSignal) => api.read(one('iterations', id), IterationView, { signal }),
    steer: (id: string, steering: 'pause' | 'resume' | 'cancel') =>
      api.read(one('iterations', id, `/${steering}`), IterationView, { method: 'POST' }),
    release: (id: string) => api.read(one('iterations', id, '/release'), IterationView, { method: 'POST' }),
    /** `changes` replace the cluster, serving and patience that they name, each whole. */
    retry: (id: string, changes: unknown = {}) => post(api, one('iterations', id, '/retry'), IterationView, changes),
    events: (iterationId: string, options: FollowOptions = {}): AsyncGenerator<EventView> =>
      followEvents(api, iterationId, options),

    checkRecipe: (recipe: unknown) => post(api, '/v1/recipes/check', RecipeCheck, recipe),
    dryRun: (recipe: unknown) => post(api, '/v1/dry-run', DryRunView, recipe),

    rounds: (iterationId: string) => listed(one('iterations', iterationId, '/rounds'), RoundSummary),
    round: (id: string, signal?: AbortSignal) => api.read(one('rounds', id), RoundView, { signal }),
    training: (roundId: string) => api.read(one('rounds', roundId, '/training'), TrainingView),
    /** `after` is the `next` of the page before. */
    trainingSteps: (roundId: string, query: { phase?: string; after?: string; limit?: number } = {}) =>
      api.read(one('rounds', roundId, '/training/steps'), TrainingStepPage, { query }),
    shards: (roundId: string, stage?: string) => listed(one('rounds', roundId, '/shards'), ShardView, { stage }),
    recurate: (roundId: string, curate: unknown) => post(api, one('rounds', roundId, '/recurate'), Recurated, curate),

    /** `filter` says which attempts; the same key gives the re-verification it began before. */
    reverify: (roundId: string, filter: unknown, options: { idempotencyKey: string }) =>
      api.read(one('rounds', roundId, '/reverify'), ReverificationView, {
        method: 'POST',
        headers: { ...json, 'idempotency-key': options.idempotencyKey },
        body: JSON.stringify(filter),
      }),
    reverification: (roundId: string, id: string, signal?: AbortSignal) =>
      api.read(one('rounds', roundId, `/reverifications/${encodeURIComponent(id)}`), ReverificationView, { signal }),
    reverifications: (roundId: string) => listed(one('rounds', roundId, '/reverifications'), ReverificationView),

    trajectories: (query: {
      roundId?: string
      iterationId?: string
      purpose?: string
      problemId?: string
      decision?: string
      limit?: number
      offset?: number
    }) => api.read('/v1/trajectories', offsetPage(TrajectorySummary), { query }),
    trajectory: (id: string) => api.read(one('trajectories', id), TrajectoryView),

    uploadProblems: (name: string, body: Upload) =>
      api.read('/v1/problem-sets', ProblemSetView, { method: 'POST', query: { name }, headers: rows, body }),
    problemSets: () => listed('/v1/problem-sets', ProblemSetView),
    /** `problemSet` is an id or a name. */
    uploadDemonstrations: (name: string, problemSet: string, body: Upload) =>
      api.read('/v1/demonstration-sets', DemonstrationSetView, {
        method: 'POST',
        query: { name, problemSet },
        headers: rows,
        body,
      }),
    demonstrationSets: () => listed('/v1/demonstration-sets', DemonstrationSetView),

    datasets: (
      query: { iterationId?: string | undefined; roundId?: string | undefined; kind?: string | undefined } = {},
    ) => listed('/v1/datasets', DatasetView, query),
    dataset: (id: string) => api.read(one('datasets', id), DatasetView),
    datasetFiles: (id: string) => listed(one('datasets', id, '/files'), DatasetFileView),
    /** The bytes of a file from `offset` on; the caller looks at the status, 206 or 200, to see whether the offset was heeded. */
    download: async (file: Pick<StoredFileView, 'url'>, offset = 0, signal?: AbortSignal): Promise<Response> => {
      const headers: Record<string, string> = offset === 0 ? {} : { range: `bytes=${offset}-` }
      if (file.url.startsWith('/')) return await api.open(file.url, { headers, signal })
      // A signed address carries its own permission; the key is not for whoever serves it.
      const { origin, pathname, search } = new URL(file.url)
      return await connectApi({ url: origin }).open(`${pathname}${search}`, { headers, signal })
    },

    checkpoints: (iterationId: string) => listed('/v1/checkpoints', CheckpointView, { iterationId }),
    checkpoint: (id: string) => api.read(one('checkpoints', id), CheckpointView),
    checkpointFiles: (id: string) => listed(one('checkpoints', id, '/files'), CheckpointFileView),
    reports: (iterationId: string, options: { scores?: boolean } = {}) =>
      listed('/v1/reports', ReportView, { iterationId, ...options }),
    deployments: (iterationId: string) => listed('/v1/deployments', DeploymentView, { iterationId }),
  }
}

function post<Body>(api: ApiConnection, path: string, schema: z.ZodType<Body>, body: unknown): Promise<Body> {
  return api.read(path, schema, { method: 'POST', headers: json, body: JSON.stringify(body) })
}
