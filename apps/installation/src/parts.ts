type Part = { readonly name: string; readonly close: () => Promise<void> }

/** What was opened, to be closed in reverse. */
export type Parts = {
  /** Notes an opened part and gives it back. */
  add<Opened>(name: string, opened: Opened, close: (opened: Opened) => Promise<void>): Opened
  /** Closes all, the last first; goes on after a failure and tells of it. Closing twice is fine. */
  close(): Promise<void>
}

export function createParts(onFailure: (name: string, error: unknown) => void): Parts {
  const parts: Part[] = []
  return {
    add(name, opened, close) {
      parts.push({ name, close: () => close(opened) })
      return opened
    },
    async close() {
      for (let part = parts.pop(); part !== undefined; part = parts.pop())
        try {
          await part.close()
        } catch (error) {
          onFailure(part.name, error)
        }
    },
  }
}
