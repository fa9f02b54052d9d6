/** Where result lines go, in order. */
export type ResultSink = {
  /** Resolves when there is room for more. Throws ReaderGone when nobody reads any more. */
  write(line: string): Promise<void>
  /** Writes what is left. */
  end(): Promise<void>
}

export class ReaderGone extends Error {}

/** Characters that are gathered into one write. */
const gathered = 65_536

/** Lines of one turn, or so many characters, go out in one write. An error of `flush` is thrown by the next call. */
export function createResultSink(flush: (text: string) => Promise<void>): ResultSink {
  let text = ''
  let failed: { readonly error: unknown } | null = null
  let flushing: Promise<void> = Promise.resolve()
  let scheduled = false
  const out = (): void => {
    const all = text
    text = ''
    if (all === '') return
    flushing = flushing.then(async () => {
      try {
        if (failed === null) await flush(all)
      } catch (error) {
        failed = { error }
      }
    })
  }
  const soon = (): void => {
    if (scheduled) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      out()
    })
  }
  return {
    async write(line) {
      if (failed !== null) throw failed.error
      text += `${line}\n`
      if (text.length < gathered) return soon()
      out()
      await flushing
    },
    async end() {
      out()
      await flushing
      if (failed !== null) throw failed.error
    },
  }
}

/** A stream of this process, as standard output. */
export function streamSink(stream: NodeJS.WriteStream): ResultSink {
  let gone: Error | null = null
  stream.on('error', (error: NodeJS.ErrnoException) => {
    gone = error.code === 'EPIPE' ? new ReaderGone('nobody reads the output') : error
  })
  return createResultSink(
    (text) =>
      new Promise((resolve, reject) => {
        if (gone !== null) return reject(gone)
        stream.write(text, (error) => {
          if (error === null || error === undefined) return resolve()
          // The event of the stream says more, and comes after.
          setImmediate(() => reject(gone ?? error))
        })
      }),
  )
}
