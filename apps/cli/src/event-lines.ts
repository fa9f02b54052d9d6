/** One server-sent event; a comment or a lone `retry` gives none. */
export type SentEvent = { readonly id: string | null; readonly event: string; readonly data: string }

/** Reads server-sent events as the WHATWG HTML standard parses them, section 9.2.6. */
export async function* readSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<SentEvent> {
  const decoder = new TextDecoder()
  let text = ''
  let id: string | null = null
  let event = 'message'
  let data: string[] = []
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    // A carriage return at the end may be half of a line's end.
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text
    const lines = whole.split(/\r\n|\n|\r/)
    text = (lines.pop() ?? '') + text.slice(whole.length)
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield { id, event, data: data.join('\n') }
        event = 'message'
        data = []
        continue
      }
      const colon = line.indexOf(':')
      const field = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (field === 'id') id = value
      else if (field === 'event') event = value
      else if (field === 'data') data.push(value)
    }
  }
}
