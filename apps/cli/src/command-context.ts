import type { ApiClient } from './api-client.ts'

/** What a command is given besides its arguments. */
export type CommandContext = {
  readonly client: ApiClient
  /** Print JSON instead of text for people. */
  readonly json: boolean
  readonly out: (text: string) => void
  readonly terminal: { readonly stream: NodeJS.WriteStream; readonly isTty: boolean }
  /** Aborted by Ctrl-C; asking for it takes over from the usual end of the process. */
  readonly interrupted: () => AbortSignal
}

/** Prints a value as JSON where that was asked for, else as text. */
export function print(context: CommandContext, value: unknown, text: () => string): void {
  context.out(`${context.json ? JSON.stringify(value, null, 2) : text()}\n`)
}
