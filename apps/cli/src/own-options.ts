/** What a command that reads its own options takes from its process. */
export type OwnOptions = {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** The data directory lies in it unless DATA_DIR says otherwise. */
  readonly projectDirectory: string
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}
