import { PortError } from './port-error.ts'

/** Imported solutions of problems in a problem set: what round 0 imitates when there is no teacher to ask. */
export interface DemonstrationStore {
  /** Stores a set under its content hash; the same rows again are the same set. */
  create(name: string, problemSetId: string, demonstrations: readonly Demonstration[]): Promise<DemonstrationSet>
  /** By id, or the newest of that name. Null when there is none. */
  find(idOrName: string): Promise<DemonstrationSet | null>
  list(): Promise<readonly DemonstrationSet[]>
  /** In the order of the import. */
  demonstrations(id: string, page?: { offset: number; limit: number }): Promise<readonly Demonstration[]>
}

/** `text` is a whole completion in the recipe's thought format. */
export type Demonstration = { readonly problemId: string; readonly text: string }

/** `id` is `dm_` and the first 16 hex digits of the sha256 of its canonical content. */
export type DemonstrationSet = {
  readonly id: string
  readonly name: string
  readonly problemSetId: string
  readonly count: number
}

export class InvalidImport extends PortError {
  constructor(message: string) {
    super(message, { retryable: false })
  }
}
