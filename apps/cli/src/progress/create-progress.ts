export type ProgressStream = { write(text: string): unknown; readonly columns?: number | undefined }

export type Progress = {
  /** Replaces the lines shown at the bottom. Elsewhere than on a terminal, prints those that changed, every now and then. */
  update(lines: readonly string[]): void
  /** Prints a line above them, for good. */
  note(line: string): void
  /** Leaves the last lines standing. Nothing may be called afterwards. */
  done(): void
}

/** Without a terminal, lines that change all the time are printed this often at most. */
const plainEveryMs = 10_000

/** Progress for people: repainted in place on a terminal, plain lines in a log. */
export function createProgress(settings: {
  readonly stream: ProgressStream
  readonly isTty: boolean
  readonly nowMs?: () => number
}): Progress {
  return settings.isTty ? painted(settings.stream) : plain(settings.stream, settings.nowMs ?? Date.now)
}

function painted(stream: ProgressStream): Progress {
  let shown: readonly string[] = []
  // Up to the first painted line, then everything below is cleared.
  const erase = (): string => (shown.length === 0 ? '' : `\x1b[${shown.length}A\r\x1b[J`)
  const body = (lines: readonly string[]): string =>
    lines.map((line) => `${cut(line, (stream.columns ?? 80) - 1)}\n`).join('')
  return {
    update(lines) {
      if (lines.length === shown.length && lines.every((line, at) => line === shown[at])) return
      stream.write(erase() + body(lines))
      shown = [...lines]
    },
    note(line) {
      stream.write(`${erase()}${line}\n${body(shown)}`)
    },
    done() {
      shown = []
    },
  }
}

function plain(stream: ProgressStream, nowMs: () => number): Progress {
  let printed: readonly string[] = []
  let latest: readonly string[] = []
  let printedAt = Number.NEGATIVE_INFINITY
  const print = (): void => {
    for (const line of latest) if (!printed.includes(line)) stream.write(`${line.trimEnd()}\n`)
    printed = latest
  }
  return {
    update(lines) {
      latest = [...lines]
      if (nowMs() - printedAt < plainEveryMs) return
      printedAt = nowMs()
      print()
    },
    note: (line) => void stream.write(`${line}\n`),
    done: print,
  }
}

/** A longer line would wrap, and the count of lines to erase would be wrong. Our lines hold only characters of one column. */
function cut(line: string, columns: number): string {
  const characters = [...line]
  return characters.length <= columns ? line : `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`
}
