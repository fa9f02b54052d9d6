/**
 * The base of every error a port throws on purpose. `retryable` is decided where it is thrown: true when the same call may
 * go through later without anybody changing anything. The message is one plain sentence an operator can act on.
 */
export class PortError extends Error {
  readonly retryable: boolean
  constructor(message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.retryable = options.retryable
  }
}
