/** What a program may use up. Whoever goes beyond is incorrect, whatever else the machine is doing. */
export type CodeLimits = {
  /** Processor time of the program, all its threads together. */
  readonly cpuSeconds: number
  /** Time that the program may keep the test waiting; for programs that sleep. Several times `cpuSeconds`, so that a busy machine is none. */
  readonly wallSeconds: number
  /** Address space. The examiner has twice as much. */
  readonly memoryBytes: number
  /** All files in the program's own folder. */
  readonly folderBytes: number
  /** What it prints. */
  readonly outputBytes: number
  /** One value that it returns, as data. */
  readonly messageBytes: number
  /** All values that it returns. */
  readonly totalBytes: number
  readonly threads: number
}

export const defaultCodeLimits: CodeLimits = {
  cpuSeconds: 10,
  wallSeconds: 50,
  memoryBytes: 1024 * 1024 * 1024,
  folderBytes: 16 * 1024 * 1024,
  outputBytes: 16 * 1024 * 1024,
  messageBytes: 8 * 1024 * 1024,
  totalBytes: 64 * 1024 * 1024,
  threads: 32,
}
