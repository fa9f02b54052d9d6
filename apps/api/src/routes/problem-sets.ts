import { Problem } from '@ratchet/domain/problem.ts'
import { z } from 'zod'
import { rowsOfBody } from '../content-types.ts'
import { described } from '../described-body.ts'
import { notFound } from '../http-problem.ts'
import { parseUpload } from '../parse-upload.ts'
import { readRows } from '../read-rows.ts'
import { problems } from '../responses.ts'
import type { RouteContext, Server } from '../route-context.ts'
import { cutPage, offsetPage, offsetQuery } from '../schemas/page.ts'
import { ProblemSetView, ProblemUpload, ProblemView, SetName } from '../schemas/problem-set.ts'

const tags = ['problem sets']
const Id = z.object({ id: z.string().describe('An id, or a name: then the newest set of that name.') })

export function addProblemSetRoutes(app: Server, { world, settings }: RouteContext): void {
  app.post(
    '/v1/problem-sets',
    {
      schema: {
        summary: 'Upload a problem set',
        description:
          'JSON Lines with `?name=`, streamed and checked line by line, or JSON. All or nothing. The same problems again are the same set. `verification.kind` says how answers are decided: `exact` by spelling, `math` as mathematics, `choice` by the option, `code` by a test program, `judge` by the model that the recipe names.',
        operationId: 'uploadProblemSet',
        tags,
        querystring: z.object({ name: SetName.optional() }),
        consumes: ['application/json', 'application/x-ndjson'],
        body: described(ProblemUpload),
        response: { 201: ProblemSetView, ...problems },
      },
    },
    async ({ body, query }, reply) => {
      const rows = rowsOfBody(body)
      const upload =
        rows === null
          ? parseUpload(ProblemUpload, body, query)
          : {
              ...parseUpload(z.object({ name: SetName }), {}, query),
              problems: await readRows(rows, Problem, {
                maxBytes: settings.uploadLimitBytes,
                uniqueBy: (problem) => problem.id,
                example: '{"id": "sum-1", "prompt": "1+1?", "verification": {"kind": "exact", "gold": ["2"]}}',
              }),
            }
      const set = await world.problems.create(upload.name, upload.problems)
      return reply.code(201).header('location', `/v1/problem-sets/${set.id}`).send(set)
    },
  )

  app.get(
    '/v1/problem-sets',
    {
      schema: {
        summary: 'List problem sets',
        operationId: 'listProblemSets',
        tags,
        response: { 200: z.strictObject({ items: z.array(ProblemSetView) }), ...problems },
      },
    },
    async () => ({ items: [...(await world.problems.list())] }),
  )

  app.get(
    '/v1/problem-sets/:id',
    {
      schema: {
        summary: 'Read a problem set by id or name',
        operationId: 'readProblemSet',
        tags,
        params: Id,
        response: { 200: ProblemSetView, ...problems },
      },
    },
    async ({ params }) => {
      const set = await world.problems.find(params.id)
      if (set === null) throw notFound(`problem set ${params.id}`)
      return set
    },
  )

  app.get(
    '/v1/problem-sets/:id/problems',
    {
      schema: {
        summary: 'List the problems of a set, in the order of the upload',
        operationId: 'listProblems',
        tags,
        params: Id,
        querystring: z.object(offsetQuery({ usual: 100, most: 1000 })),
        response: { 200: offsetPage(ProblemView), ...problems },
      },
    },
    async ({ params, query }) => {
      const set = await world.problems.find(params.id)
      if (set === null) throw notFound(`problem set ${params.id}`)
      const { limit, offset } = query
      return cutPage(await world.problems.problems(set.id, { offset, limit: limit + 1 }), query)
    },
  )
}
