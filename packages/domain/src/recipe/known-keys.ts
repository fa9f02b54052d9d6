import { z } from 'zod'
import { isTree } from './read-tree.ts'

/** The keys that a schema knows at a path into `value`; empty when there is no object there. */
export function knownKeys(schema: z.core.$ZodType, value: unknown, path: readonly PropertyKey[]): readonly string[] {
  const inner = unwrap(schema, value)
  const [key, ...rest] = path
  if (key === undefined) return inner instanceof z.core.$ZodObject ? Object.keys(inner._zod.def.shape) : []
  const child = childOf(inner, key)
  return child === undefined ? [] : knownKeys(child, childValue(value, key), rest)
}

function childOf(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType | undefined {
  if (schema instanceof z.core.$ZodArray) return schema._zod.def.element
  if (schema instanceof z.core.$ZodObject) return schema._zod.def.shape[String(key)]
  return undefined
}

function childValue(value: unknown, key: PropertyKey): unknown {
  if (Array.isArray(value)) return value[Number(key)]
  return isTree(value) ? value[String(key)] : undefined
}

/** Without optional and default; of a union the option that the value's discriminator names. */
function unwrap(schema: z.core.$ZodType, value: unknown): z.core.$ZodType {
  if (
    schema instanceof z.core.$ZodOptional ||
    schema instanceof z.core.$ZodDefault ||
    schema instanceof z.core.$ZodPrefault
  )
    return unwrap(schema._zod.def.innerType, value)
  if (!(schema instanceof z.core.$ZodDiscriminatedUnion)) return schema
  const { discriminator, options } = schema._zod.def
  const chosen = options.find((option) => namesOption(option, discriminator, value))
  return chosen === undefined ? schema : unwrap(chosen, value)
}

function namesOption(option: z.core.$ZodType, discriminator: string, value: unknown): boolean {
  if (!(option instanceof z.core.$ZodObject) || !isTree(value)) return false
  const literal = option._zod.def.shape[discriminator]
  return literal !== undefined && z.safeParse(literal, value[discriminator]).success
}
