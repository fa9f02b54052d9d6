import type { IterationView } from '@ratchet/api/schemas/iteration.ts'

/** The command that goes on with a failed iteration, on a line of its own; nothing of others. */
export function retryHint({ id, state }: Pick<IterationView, 'id' | 'state'>): string {
  return state === 'failed' ? `\nonce the cause is mended, \`ratchet retry ${id}\` goes on from there` : ''
}
