import type { StoredFileView } from '@ratchet/api/schemas/stored-file.ts'

/** The files that are there, with addresses that are good yet. */
export type Listing = {
  readonly files: () => Promise<readonly StoredFileView[]>
  /** The addresses may not be good any more: they are asked for anew next time. */
  readonly forget: () => void
}

/** Signed addresses must still be good for so long, of which most goes to clocks that differ. */
const marginMs = 120_000

/** Asks with `list` once, and again when it was told to forget or an address is about to expire. */
export function createListing(list: () => Promise<readonly StoredFileView[]>, nowMs: () => number = Date.now): Listing {
  let known: { readonly files: readonly StoredFileView[]; readonly untilMs: number } | null = null
  return {
    async files() {
      if (known === null || nowMs() >= known.untilMs) {
        const files = await list()
        const ends = files.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [Date.parse(expiresAt) - marginMs]))
        known = { files, untilMs: Math.min(Number.POSITIVE_INFINITY, ...ends) }
      }
      return known.files
    },
    forget() {
      known = null
    },
  }
}
