import { verifyInOrder } from '@ratchet/adapters/verifier/verify-in-order.ts'
import type { ParsedRow } from './parse-row.ts'
import type { RowVerifiers } from './row-verifiers.ts'
import type { VerifiedRow } from './verify-row.ts'

/** Rows in flight at most, so that a slow row holds back no more than these, and bytes of them. */
const window = { rows: 1024, bytes: 32 * 2 ** 20 }

export type WeighedRow = { readonly parsed: ParsedRow; readonly bytes: number }

/** One result for every row, in their order. Rejects when `signal` is aborted. */
export function verifyStream(
  rows: AsyncIterable<WeighedRow>,
  verifiers: RowVerifiers,
  signal: AbortSignal,
): AsyncGenerator<VerifiedRow> {
  const verify = async ({ parsed }: WeighedRow): Promise<VerifiedRow> => {
    if (!parsed.ok)
      return { id: parsed.id, verdict: 'undecided', reason: parsed.reason, extracted: null, verifier: 'none', ms: 0 }
    const { row } = parsed
    const { verdict, ms } = await verifiers.verify(row, signal)
    const { decision, reason, extracted, verifier } = verdict
    return { id: row.id, verdict: decision, reason, extracted, verifier, ms: Math.round(ms * 1000) / 1000 }
  }
  return verifyInOrder(rows, verify, {
    rows: window.rows,
    weight: { limit: window.bytes, of: ({ bytes }) => bytes },
  })
}
