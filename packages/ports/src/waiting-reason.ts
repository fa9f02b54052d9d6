/** What a job waits for, in the scheduler's words, and how many are before it; null where the scheduler does not tell. */
export function waitingReason({
  reason,
  queuePosition,
}: {
  readonly reason: string
  readonly queuePosition: number | null
}): string {
  if (queuePosition === null) return reason
  return `${reason}; ${queuePosition === 1 ? '1 job is' : `${queuePosition} jobs are`} before it in the queue`
}
