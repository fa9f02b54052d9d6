import type { EventView } from '@ratchet/api/schemas/event.ts'

/** An event as one line: when, which round, what. */
export function eventLine({ at, kind, body }: EventView): string {
  const { round, stage, reason, ...rest } = body
  const parts = [
    at.slice(11, 19),
    ...(round === undefined ? [] : [`round ${String(round)}`]),
    kind.replace(/^(round|stage)\./, '').replaceAll('-', ' '),
    ...(typeof stage === 'string' ? [stage] : []),
    ...(typeof reason === 'string' ? [`(${reason})`] : []),
    ...(typeof rest['shards'] === 'number' ? [`in ${rest['shards']} shard${rest['shards'] === 1 ? '' : 's'}`] : []),
    ...(kind === 'round.accepted' || kind === 'round.rejected' ? [gateReason(rest['output'])] : []),
  ]
  return parts.filter((part) => part !== '').join('  ')
}

function gateReason(output: unknown): string {
  return typeof output === 'object' && output !== null && 'reason' in output ? `(${String(output.reason)})` : ''
}
