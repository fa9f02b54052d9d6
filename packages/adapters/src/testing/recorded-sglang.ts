import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { z } from 'zod'

export type RecordedSglang = {
  readonly url: string
  /** Paths of all requests but those that only look, in their order. */
  readonly asked: readonly string[]
  readonly paused: boolean
  /** What the server would sample with, without anybody having asked for it. */
  overwrite(path: string): void
  /** What a new process knows: the weights that it was started on and no label. */
  restart(): void
  close(): Promise<void>
}

const Update = z.object({ model_path: z.string(), weight_version: z.string(), flush_cache: z.literal(true) })
const Version = z.object({ new_version: z.string() })
const Generate = z.object({
  input_ids: z.array(z.number().int()),
  return_logprob: z.literal(true),
  logprob_start_len: z.literal(0),
  sampling_params: z.object({ max_new_tokens: z.literal(0) }),
})

/** The made-up logprob of a token under the weights of a directory. */
export function recordedLogprob(path: string, tokenId: number): number {
  return -(1 + createHash('sha256').update(`${path} ${tokenId}`).digest().readUInt16LE(0) / 65_536)
}

/**
 * Answers as SGLang's documentation says that SGLang does when weights are replaced. It is no SGLang, and nothing here was
 * compared with one: what passes on it is known to follow the documentation and no more.
 */
export async function startRecordedSglang(startPath: string): Promise<RecordedSglang> {
  const initial = { path: startPath, label: 'default', paused: false }
  let state = { ...initial }
  const asked: string[] = []

  const answer = async (method: string, path: string, body: unknown): Promise<[number, unknown]> => {
    if (method === 'POST' && path !== '/generate') asked.push(path)
    switch (path) {
      case '/v1/models':
        return [200, { data: [{ id: 'served', root: 'served', max_model_len: 512 }] }]
      case '/get_model_info':
        return [200, { model_path: state.path, weight_version: state.label, is_generation: true }]
      case '/metrics':
        return [200, 'sglang:num_running_reqs{model_name="served"} 0.0\n']
      case '/pause_generation':
      case '/continue_generation':
        state.paused = path === '/pause_generation'
        return [200, { status: 'ok', message: '' }]
      case '/update_weight_version': {
        const { new_version: version } = Version.parse(body)
        state.label = version
        return [200, { success: true, message: '', new_version: version }]
      }
      case '/update_weights_from_disk': {
        const { model_path: wanted, weight_version: version } = Update.parse(body)
        if (!existsSync(wanted)) return [400, { success: false, message: `Failed to get weights iterator: ${wanted}` }]
        state = { ...state, path: wanted, label: version }
        return [200, { success: true, message: 'Succeeded to update model weights.' }]
      }
      case '/generate': {
        const { input_ids: ids } = Generate.parse(body)
        while (state.paused) await new Promise((resolve) => setTimeout(resolve, 10))
        const logprobs = ids.map((id, index) => [index === 0 ? null : recordedLogprob(state.path, id), id, null])
        return [200, { text: '', meta_info: { input_token_logprobs: logprobs } }]
      }
      default:
        return [404, { detail: 'Not Found' }]
    }
  }

  const server = createServer(async (request, response) => {
    const [status, content] = await answer(request.method ?? 'GET', request.url ?? '/', await readBody(request)).catch(
      (error) => [422, { detail: String(error) }] as const,
    )
    response.writeHead(status).end(typeof content === 'string' ? content : JSON.stringify(content))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    get paused() {
      return state.paused
    },
    overwrite: (path) => {
      state = { ...state, path }
    },
    restart: () => {
      state = { ...initial }
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  return text === '' ? null : JSON.parse(text)
}
