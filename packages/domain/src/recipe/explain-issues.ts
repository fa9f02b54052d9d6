import type { z } from 'zod'
import { closestWord } from './closest-word.ts'
import { knownKeys } from './known-keys.ts'
import { at } from './read-tree.ts'
import type { RecipeProblem } from './recipe-problem.ts'

/** Everything that a schema finds wrong with a value, in plain words. Texts that were given are quoted only where a fixed set of words is expected. */
export function explainIssues(schema: z.ZodType, value: unknown): readonly RecipeProblem[] {
  const parsed = schema.safeParse(value)
  return parsed.success ? [] : parsed.error.issues.flatMap((issue) => explain(issue, schema, value))
}

function explain(issue: z.core.$ZodIssue, schema: z.ZodType, value: unknown): readonly RecipeProblem[] {
  const path = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(path, key, knownKeys(schema, value, issue.path)))
  const given = at(value, path)
  if (given === undefined) return [missing(path, issue)]
  return [{ path, ...wrongValue(issue, given) }]
}

function unknownKey(path: string, key: string, known: readonly string[]): RecipeProblem {
  const meant = closestWord(key, known)
  return {
    path: path === '' ? key : `${path}.${key}`,
    message: 'there is no such setting',
    remedy: meant === null ? `remove it; the settings here are ${known.join(', ')}` : `did you mean "${meant}"?`,
  }
}

function missing(path: string, issue: z.core.$ZodIssue): RecipeProblem {
  const words = expectedWords(issue)
  const kind = words === null ? kindOf(issue) : `one of ${words.join(', ')}`
  return path === ''
    ? { path, message: 'there is no recipe', remedy: 'give an object' }
    : { path, message: 'is missing', remedy: `add it: ${kind}` }
}

function wrongValue(issue: z.core.$ZodIssue, given: unknown): Omit<RecipeProblem, 'path'> {
  const words = expectedWords(issue)
  if (words !== null) {
    const meant = typeof given === 'string' ? closestWord(given, words) : null
    return {
      message: `must be one of ${words.join(', ')}, is ${show(given)}`,
      remedy: meant === null ? `write one of ${words.join(', ')}` : `did you mean "${meant}"?`,
    }
  }
  switch (issue.code) {
    case 'invalid_type':
      return { message: `must be ${kindOf(issue)}, is ${show(given)}`, remedy: `write ${kindOf(issue)}` }
    case 'too_big':
    case 'too_small':
      return outOfBounds(issue, given)
    case 'invalid_format':
      return wrongFormat(issue)
    default:
      return { message: issue.message, remedy: 'correct the value' }
  }
}

function outOfBounds(
  issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall,
  given: unknown,
): Omit<RecipeProblem, 'path'> {
  const isTooBig = issue.code === 'too_big'
  const bound = isTooBig ? issue.maximum : issue.minimum
  const side = issue.inclusive === false ? (isTooBig ? 'less than' : 'more than') : isTooBig ? 'at most' : 'at least'
  if (issue.origin === 'string')
    return { message: `must have ${side} ${bound} characters`, remedy: 'write a text of that length' }
  if (issue.origin === 'array')
    return { message: `must have ${side} ${bound} entries`, remedy: isTooBig ? 'remove some' : 'add one' }
  return { message: `must be ${side} ${bound}, is ${show(given)}`, remedy: `write a number of ${side} ${bound}` }
}

function wrongFormat(issue: z.core.$ZodIssueInvalidStringFormat): Omit<RecipeProblem, 'path'> {
  if (issue.format === 'url')
    return { message: 'must be a URL that begins with http:// or https://', remedy: 'write the whole URL' }
  const last = issue.path.at(-1)
  if (last === 'apiKeyEnv' || last === 'tokenEnv') {
    const what = last === 'apiKeyEnv' ? 'key' : 'token'
    return {
      message: 'must be the name of an environment variable, in capital letters, digits and underscores',
      remedy: `put the ${what} into the environment of the worker and its variable name here; a recipe holds no secrets`,
    }
  }
  if (issue.format === 'includes' && 'includes' in issue)
    return {
      message: `must contain ${String(issue.includes)}`,
      remedy: `put ${String(issue.includes)} where the value belongs`,
    }
  if (issue.format === 'starts_with' && 'prefix' in issue)
    return { message: `must begin with ${String(issue.prefix)}`, remedy: `write it with ${String(issue.prefix)} first` }
  if (issue.message.startsWith('Invalid'))
    return { message: 'does not have the form that is expected', remedy: 'correct the value' }
  const verb = issue.message.startsWith('a ') ? 'must be' : 'must be made of'
  return { message: `${verb} ${issue.message}`, remedy: 'write it in that form' }
}

function expectedWords(issue: z.core.$ZodIssue): readonly string[] | null {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options))
    return issue.options.map(String)
  return null
}

const kinds: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object with settings',
  record: 'an object with settings',
}

function kindOf(issue: z.core.$ZodIssue): string {
  return (issue.code === 'invalid_type' && kinds[issue.expected]) || 'a value'
}

function show(given: unknown): string {
  if (Array.isArray(given)) return 'a list'
  if (typeof given === 'object' && given !== null) return 'an object'
  if (typeof given !== 'string') return String(given)
  return given.length > 60 ? 'a long text' : `the text "${given}"`
}
