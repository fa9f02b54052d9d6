/** A bar that is drawn over itself on a terminal; elsewhere a line every ten seconds. */
export interface Progress {
  step(label: string, done: number, total: number): void
  note(line: string): void
  end(): void
}

export function createProgress(stream: NodeJS.WriteStream, clock: () => number = Date.now): Progress {
  const live = stream.isTTY === true
  const pauseMs = live ? 100 : 10_000
  let shown = live ? 0 : clock()
  const clear = () => {
    if (live) stream.write('\r\u001b[K')
  }
  return {
    step(label, done, total) {
      if (clock() - shown < pauseMs) return
      shown = clock()
      const filled = Math.round((done / total) * 24)
      const bar = live ? `${'█'.repeat(filled)}${'░'.repeat(24 - filled)} ` : ''
      clear()
      stream.write(`${bar}${label} ${done}/${total}${live ? '' : '\n'}`)
    },
    note(line) {
      clear()
      stream.write(`${line}\n`)
    },
    end: clear,
  }
}
