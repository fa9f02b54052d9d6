import type { FieldError } from './schemas/problem-document.ts'

/** An answer that is an error. `kind` is the last part of the document's `type`. */
export class HttpProblem extends Error {
  readonly status: number
  readonly kind: string
  readonly errors: readonly FieldError[]
  readonly headers: Readonly<Record<string, string>>
  constructor(
    status: number,
    kind: string,
    detail: string,
    options: { errors?: readonly FieldError[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail)
    this.name = 'HttpProblem'
    this.status = status
    this.kind = kind
    this.errors = options.errors ?? []
    this.headers = options.headers ?? {}
  }
}

/** `whereListed` says how to find out what there is. */
export function notFound(what: string, whereListed?: string): HttpProblem {
  const remedy = whereListed === undefined ? '' : `: ${whereListed}`
  return new HttpProblem(404, 'not-found', `there is no ${what}${remedy}`)
}

/** `what` is wrong, a recipe or a part of one; all problems at once. */
export function invalidRecipe(problems: readonly FieldError[], what = 'the recipe'): HttpProblem {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`
  return new HttpProblem(422, 'invalid-recipe', `${what} has ${count}`, { errors: problems })
}
