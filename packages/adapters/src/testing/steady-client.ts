export type SteadyClient = {
  /** Requests that were answered so far. */
  readonly answered: number
  /** Stops asking, waits for what runs and tells how every failed request failed. */
  stop(): Promise<readonly string[]>
}

/** Asks a model at an endpoint for short completions, always as many at once, until it is stopped. */
export function startSteadyClient(url: string, model: string, inFlight = 4): SteadyClient {
  const state = { answered: 0, stopped: false }
  const failures: string[] = []
  const ask = async (seed: number): Promise<void> => {
    const body = { model, prompt: [5, 6, 7, 8], max_tokens: 24, seed, ignore_eos: true }
    const answer = await fetch(`${url}/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch((error) => String(error))
    if (typeof answer === 'string') failures.push(answer)
    else if (!answer.ok) failures.push(`${answer.status} ${await answer.text()}`)
    else {
      const text = await answer.text()
      if (!text.includes('"finish_reason":"length"')) failures.push(text.slice(0, 300))
      else state.answered += 1
    }
  }
  const asking = Array.from({ length: inFlight }, async (_, lane) => {
    for (let turn = 0; !state.stopped; turn += 1) await ask(turn * inFlight + lane)
  })
  return {
    get answered() {
      return state.answered
    },
    stop: async () => {
      state.stopped = true
      await Promise.all(asking)
      return failures
    },
  }
}
