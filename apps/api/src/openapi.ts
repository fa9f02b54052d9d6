import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'

const tags = [
  { name: 'iterations', description: 'Runs of the loop: start, watch, pause, resume, cancel.' },
  { name: 'recipes', description: 'Check a recipe, or try it without starting anything.' },
  { name: 'rounds', description: 'Turns of the loop, their stages and shards.' },
  { name: 'trajectories', description: 'Attempts at problems, and why each was kept or dropped.' },
  { name: 'problem sets', description: 'Problems whose answers can be checked.' },
  { name: 'demonstration sets', description: 'Solutions that round 0 imitates.' },
  { name: 'datasets', description: 'Immutable curated sets and their files.' },
  { name: 'models', description: 'Checkpoints, where they are served, and how well they do.' },
  { name: 'operation', description: 'Health and metrics.' },
]

/** What a body of another content type than JSON is; the schema beside it describes the JSON form. */
const textBodies: Readonly<Record<string, string>> = {
  'application/yaml': 'The same as YAML 1.2.',
  'application/x-ndjson': 'One row a line, each a JSON object; the other fields are in the query.',
}

/** An OpenAPI 3.1 document from the schemas that also check the requests and the responses. */
export const openapi: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: '3.1.1',
    info: {
      title: 'Ratchet',
      version: '1',
      description: 'The imitate, explore, self-improve loop of reasoning language models, as a service.',
    },
    tags,
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key. Not needed where the server has none.' },
      },
    },
    security: [{ apiKey: [] }, {}],
  },
  transform: jsonSchemaTransform,
  transformObject: (document) => {
    const made = jsonSchemaTransformObject(document)
    for (const path of Object.values(made.paths ?? {}))
      for (const operation of [path?.post, path?.put]) {
        const body = operation?.requestBody
        if (body === undefined || !('content' in body)) continue
        for (const contentType of Object.keys(body.content)) {
          const description = textBodies[contentType]
          if (description !== undefined) body.content[contentType] = { schema: { type: 'string', description } }
        }
      }
    return made
  },
}
