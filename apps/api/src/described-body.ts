import type { FastifySchemaCompiler } from 'fastify'
import { validatorCompiler } from 'fastify-type-provider-zod'
import type { z } from 'zod'

/** A schema that only describes a body: to the handler the body is unknown, and it checks it with the rules and remedies it knows. */
export function described(schema: z.ZodType): z.ZodType<unknown> {
  return schema
}

/** Checks paths, queries and headers; bodies are checked by the handlers. */
export const checkAllButBodies: FastifySchemaCompiler<z.ZodType> = (route) =>
  route.httpPart === 'body' ? (value: unknown) => ({ value }) : validatorCompiler(route)
