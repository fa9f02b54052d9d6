import { z } from 'zod'
import { rowsOfBody } from '../content-types.ts'
import { described } from '../described-body.ts'
import { HttpProblem } from '../http-problem.ts'
import { parseUpload } from '../parse-upload.ts'
import { readRows } from '../read-rows.ts'
import { problems } from '../responses.ts'
import type { RouteContext, Server } from '../route-context.ts'
import { DemonstrationRow, DemonstrationSetView, DemonstrationUpload } from '../schemas/demonstration-set.ts'
import { SetName } from '../schemas/problem-set.ts'

const tags = ['demonstration sets']
const Query = z.object({ name: SetName.optional(), problemSet: z.string().min(1).optional() })

export function addDemonstrationSetRoutes(app: Server, { world, settings }: RouteContext): void {
  app.post(
    '/v1/demonstration-sets',
    {
      schema: {
        summary: 'Upload demonstrations of a problem set',
        description: 'JSON Lines of `{problemId, text}` with `?name=` and `?problemSet=`, or JSON. All or nothing.',
        operationId: 'uploadDemonstrationSet',
        tags,
        querystring: Query,
        consumes: ['application/json', 'application/x-ndjson'],
        body: described(DemonstrationUpload),
        response: { 201: DemonstrationSetView, ...problems },
      },
    },
    async ({ body, query }, reply) => {
      const rows = rowsOfBody(body)
      const upload =
        rows === null
          ? parseUpload(DemonstrationUpload, body, query)
          : {
              ...parseUpload(z.object({ name: SetName, problemSet: z.string() }), {}, query),
              demonstrations: await readRows(rows, DemonstrationRow, {
                maxBytes: settings.uploadLimitBytes,
                example: '{"problemId": "sum-1", "text": "<think>1+1=2</think>Answer: 2"}',
              }),
            }
      const set = await world.problems.find(upload.problemSet)
      if (set === null)
        throw new HttpProblem(
          422,
          'invalid-import',
          `there is no problem set ${upload.problemSet}; nothing was stored`,
          {
            errors: [{ path: 'problemSet', message: 'is not known', remedy: 'upload the problem set first' }],
          },
        )
      return reply.code(201).send(await world.demonstrations.create(upload.name, set.id, upload.demonstrations))
    },
  )

  app.get(
    '/v1/demonstration-sets',
    {
      schema: {
        summary: 'List demonstration sets',
        operationId: 'listDemonstrationSets',
        tags,
        response: { 200: z.strictObject({ items: z.array(DemonstrationSetView) }), ...problems },
      },
    },
    async () => ({ items: [...(await world.demonstrations.list())] }),
  )
}
