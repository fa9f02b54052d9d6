import type { Problem, ProblemSet, Verification } from '@ratchet/domain/problem.ts'

export interface ProblemStore {
  /** Stores a set under its content hash; the same problems again are the same set. Throws on duplicate problem ids, naming them. */
  create(name: string, problems: readonly Problem[]): Promise<ProblemSet>
  /** By id, or the newest of that name. Null when there is none. */
  find(idOrName: string): Promise<ProblemSet | null>
  list(): Promise<readonly ProblemSet[]>
  /** Problems in the order of their upload. */
  problems(problemSetId: string, page?: { offset: number; limit: number }): Promise<readonly Problem[]>
  /** The kinds of verification that a set's problems ask for, in alphabetical order. */
  kinds(problemSetId: string): Promise<readonly Verification['kind'][]>
  byId(problemSetId: string, problemIds: readonly string[]): Promise<readonly Problem[]>
}
