import { PortError } from '@ratchet/ports/port-error.ts'

export type ByteRange = { offset: number; length: number }

/** Throws PortError when there can be no such bytes. A range may end beyond the object's end; what is there is then read. */
export function checkRange(range: ByteRange): void {
  for (const [name, value] of Object.entries(range))
    if (!Number.isSafeInteger(value) || value < 0)
      throw new PortError(`the ${name} of a byte range is ${value}, not a whole number from 0`, { retryable: false })
}
