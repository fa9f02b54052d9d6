import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { ChatMessage } from '@ratchet/domain/dataset-version.ts'
import { z } from 'zod'

export type EndpointQuestion = {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly seed: number
  readonly maxTokens: number
  /** How often the same messages and seed have been asked, this time included. */
  readonly ask: number
}

/** `reset` closes the connection without a word; `hang` never answers. */
export type EndpointFault =
  | { readonly kind: 'reset' | 'hang' }
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly body: string
      readonly headers?: Record<string, string>
    }

export type DeterministicEndpointSettings = {
  /** The completion: a pure function of the messages and the seed. One character is one token. */
  readonly answer: (question: EndpointQuestion) => string
  readonly latencyMs?: (question: EndpointQuestion) => number
  readonly fault?: (question: EndpointQuestion) => EndpointFault | null
  /** Names served from the start, or names with their paths. Others come and go through `/v1/checkpoints`. */
  readonly models?: readonly string[] | Readonly<Record<string, string>>
  /** Default 0: any free port. */
  readonly port?: number
  /** Default loopback. */
  readonly host?: string
}

export type DeterministicEndpoint = {
  /** The API's base, ending in `/v1`. */
  readonly url: string
  /** Chat completions that arrived. */
  readonly asked: number
  /** Chat completions that were answered with 200. */
  readonly answered: number
  /** Chat completions whose client went away before the answer. */
  readonly cancelled: number
  readonly inFlight: number
  readonly mostInFlight: number
  readonly lastHeaders: Readonly<Record<string, string | string[] | undefined>>
  /** How often the same messages and seed were asked. */
  asksOf(messages: readonly ChatMessage[], seed: number): number
  /** The asks of every question that was ever asked, for "nothing was sampled twice". */
  asks(): readonly number[]
  close(): Promise<void>
}

const Message = z.looseObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })
const ChatBody = z.looseObject({
  model: z.string(),
  messages: z.array(Message),
  seed: z.number().int().default(0),
  max_tokens: z.number().int().default(4096),
  logprobs: z.boolean().default(false),
})
const TokenizeBody = z.looseObject({
  model: z.string().optional(),
  messages: z.array(Message).optional(),
  prompt: z.string().optional(),
})
const EchoBody = z.looseObject({ model: z.string(), prompt: z.array(z.number().int()), echo: z.literal(true) })
const CheckpointBody = z.object({ name: z.string(), path: z.string() })

/** The made-up logprob of a token: depends on the token alone, so scoring gives what sampling gave. */
export function deterministicLogprob(tokenId: number): number {
  return -(1 + (tokenId % 7)) / 10
}

/**
 * A real HTTP server that speaks the OpenAI API as vLLM and the policy server do, with made-up answers: a stand-in for a model
 * where a test is about what happens around it. It keeps no secret state: the same question has the same answer in
 * every process.
 */
export async function startDeterministicEndpoint(
  settings: DeterministicEndpointSettings,
): Promise<DeterministicEndpoint> {
  const { models = [] } = settings
  const served = new Map(Array.isArray(models) ? models.map((name) => [name, name]) : Object.entries(models))
  const asks = new Map<string, number>()
  const state = {
    asked: 0,
    answered: 0,
    cancelled: 0,
    inFlight: 0,
    mostInFlight: 0,
    lastHeaders: {} as IncomingMessage['headers'],
  }

  const chat = async (body: z.infer<typeof ChatBody>, response: ServerResponse): Promise<void> => {
    const key = questionKey(body.messages, body.seed)
    const ask = (asks.get(key) ?? 0) + 1
    asks.set(key, ask)
    const question = { model: body.model, messages: body.messages, seed: body.seed, maxTokens: body.max_tokens, ask }
    const fault = settings.fault?.(question) ?? null
    if (fault?.kind === 'reset') return void response.destroy()
    if (fault?.kind === 'answer') return void response.writeHead(fault.status, fault.headers).end(fault.body)
    await wait(fault?.kind === 'hang' ? null : (settings.latencyMs?.(question) ?? 0), response)
    if (response.destroyed) return
    const whole = settings.answer(question)
    const text = whole.slice(0, body.max_tokens)
    const finish = whole.length > body.max_tokens ? 'length' : 'stop'
    const tokens = [...text].map((character) => ({ token: character, logprob: deterministicLogprob(idOf(character)) }))
    if (finish === 'stop') tokens.push({ token: '<end>', logprob: -0.05 })
    state.answered += 1
    send(response, 200, {
      model: body.model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: text },
          logprobs: body.logprobs ? { content: tokens } : null,
          finish_reason: finish,
        },
      ],
      usage: { prompt_tokens: tokenIds(render(body.messages)).length, completion_tokens: tokens.length },
    })
  }

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const method = request.method ?? 'GET'
    if (method === 'GET' && path === '/health') return send(response, 200, {})
    if (method === 'GET' && path === '/metrics')
      return void response.end(`vllm:num_requests_running{engine="0"} ${state.inFlight}.0\n`)
    if (method === 'GET' && path === '/v1/models') {
      const data = [...served].map(([id, root]) => ({ id, root, object: 'model' }))
      return send(response, 200, { object: 'list', data })
    }
    if (method === 'DELETE' && path.startsWith('/v1/checkpoints/')) {
      const gone = served.delete(decodeURIComponent(path.slice('/v1/checkpoints/'.length)))
      return send(response, gone ? 200 : 404, gone ? {} : refusal('there is no such checkpoint'))
    }
    const body: unknown = JSON.parse(await read(request))
    if (path === '/v1/checkpoints') {
      const { name, path: root } = CheckpointBody.parse(body)
      if ((served.get(name) ?? root) !== root) return send(response, 409, refusal(`${name} is another checkpoint`))
      if (!existsSync(root)) return send(response, 400, refusal(`there is no checkpoint at ${root}`))
      served.set(name, root)
      return send(response, 200, { name, path: root })
    }
    if (path === '/tokenize') {
      const { messages, prompt } = TokenizeBody.parse(body)
      const tokens = tokenIds(messages === undefined ? (prompt ?? '') : render(messages))
      return send(response, 200, { count: tokens.length, tokens })
    }
    const { model } = z.looseObject({ model: z.string() }).parse(body)
    if (!served.has(model)) return send(response, 404, refusal(`The model \`${model}\` does not exist.`))
    if (path === '/v1/completions') {
      const { prompt } = EchoBody.parse(body)
      const logprobs = prompt.map((id, index) => (index === 0 ? null : deterministicLogprob(id)))
      return send(response, 200, { model, choices: [{ index: 0, text: '', logprobs: { token_logprobs: logprobs } }] })
    }
    if (path !== '/v1/chat/completions') return send(response, 404, { detail: 'Not Found' })
    state.asked += 1
    state.inFlight += 1
    state.mostInFlight = Math.max(state.mostInFlight, state.inFlight)
    state.lastHeaders = request.headers
    response.once('close', () => {
      state.inFlight -= 1
      if (!response.writableFinished) state.cancelled += 1
    })
    await chat(ChatBody.parse(body), response)
  }

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : 'unknown error'
      if (!response.headersSent) send(response, 400, refusal(message))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(settings.port ?? 0, settings.host ?? '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the endpoint has no port')
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    get asked() {
      return state.asked
    },
    get answered() {
      return state.answered
    },
    get cancelled() {
      return state.cancelled
    },
    get inFlight() {
      return state.inFlight
    },
    get mostInFlight() {
      return state.mostInFlight
    },
    get lastHeaders() {
      return state.lastHeaders
    },
    asksOf: (messages, seed) => asks.get(questionKey(messages, seed)) ?? 0,
    asks: () => [...asks.values()],
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function render(messages: readonly ChatMessage[]): string {
  return `${messages.map(({ role, content }) => `<${role}>${content}\n`).join('')}<assistant>`
}

function idOf(character: string): number {
  return character.codePointAt(0) ?? 0
}

function tokenIds(text: string): number[] {
  return [...text].map(idOf)
}

function questionKey(messages: readonly ChatMessage[], seed: number): string {
  return createHash('sha256')
    .update(`${seed}\n${render(messages)}`)
    .digest('hex')
}

function refusal(message: string) {
  return { error: { message, type: 'BadRequestError', param: null, code: 400 } }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Ends early when the client goes away; `null` waits for just that. */
function wait(ms: number | null, response: ServerResponse): Promise<void> {
  if (ms === 0) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = ms === null ? null : setTimeout(resolve, ms)
    response.once('close', () => {
      if (timer !== null) clearTimeout(timer)
      resolve()
    })
  })
}
