import { PortError } from '@ratchet/ports/port-error.ts'
import { z } from 'zod'
import { StageFailed } from './stage.ts'

/** Whether trying again would come to the same error unless somebody changes something. */
export function isForGood(error: unknown): boolean {
  return error instanceof StageFailed || error instanceof z.ZodError || (error instanceof PortError && !error.retryable)
}
