import { PortError } from '@ratchet/ports/port-error.ts'

/** What making a version's files failed of, with what an operator can do about it. What a port threw stays what it is. */
export function failureOfScratch(directory: string, datasetId: string, error: unknown): PortError {
  if (error instanceof PortError) return error
  const message = error instanceof Error ? error.message : String(error)
  // Also how the operating system's errors end in DuckDB's messages.
  const full = /ENOSPC|EDQUOT|No space left|quota exceeded/i.test(message)
  const because = full ? `the disk is full: free some space (${message})` : message
  return new PortError(`cannot make the files of ${datasetId} in ${directory}: ${because}`, {
    retryable: full || /EMFILE|ENFILE|ENOMEM|EIO|Out of Memory/i.test(message),
    cause: error,
  })
}
