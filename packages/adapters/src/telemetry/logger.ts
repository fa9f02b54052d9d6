import type { Logger } from '@ratchet/ports/logger.ts'
import pino from 'pino'

/** One JSON object a line on standard error, which leaves standard output to the command. */
export function createLogger(level: 'debug' | 'info' | 'warn' | 'error' | 'silent', destination?: string): Logger {
  const target =
    destination === undefined ? pino.destination(2) : pino.destination({ dest: destination, mkdir: true, append: true })
  return pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, target)
}
