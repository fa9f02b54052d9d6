import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'

export type TestRequest = {
  readonly method?: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly payload?: string | Uint8Array
}

export type TestResponse = {
  readonly statusCode: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly bytes: Buffer
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of a body is what it then checks.
  json(): any
}

/** One request over a real connection; unlike fetch, it sends any header it is told to. */
export function request(
  port: number,
  { method = 'GET', url, headers = {}, payload }: TestRequest,
): Promise<TestResponse> {
  return new Promise((resolve, reject) => {
    const length = payload === undefined ? {} : { 'content-length': String(Buffer.byteLength(payload)) }
    const outgoing = httpRequest(
      { host: '127.0.0.1', port, method, path: url, headers: { ...length, ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const bytes = Buffer.concat(chunks)
          const body = bytes.toString('utf8')
          resolve({
            statusCode: response.statusCode ?? 0,
            headers: response.headers,
            body,
            bytes,
            json: () => JSON.parse(body),
          })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(payload)
  })
}
