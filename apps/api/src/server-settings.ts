import { z } from 'zod'

export const Scope = z.enum(['read', 'write'])
export type Scope = z.infer<typeof Scope>

/** A key is known only by the lower-case hex sha256 of its text. `write` includes `read`. */
export const ApiKey = z.strictObject({
  hash: z.string().regex(/^[0-9a-f]{64}$/, 'the lower-case hex sha256 of the key'),
  scopes: z.array(Scope).min(1),
})
export type ApiKey = z.infer<typeof ApiKey>

const positive = z.number().int().positive()

export const ServerSettings = z
  .strictObject({
    /** The address the server listens on. */
    host: z.string().default('127.0.0.1'),
    /** Without any, whoever reaches the server may do everything, so it must listen on loopback. */
    apiKeys: z.array(ApiKey).default([]),
    /** Of a JSON or YAML body. */
    bodyLimitBytes: positive.default(4 * 1024 * 1024),
    /** Of an uploaded problem or demonstration set. */
    uploadLimitBytes: positive.default(512 * 1024 * 1024),
    /** How long a signed address of a dataset file is good for. */
    presignSeconds: positive.default(3600),
    /** How often an event stream looks for news. */
    eventPollMs: positive.default(500),
    /** Silence after which an event stream says that it is still there. */
    heartbeatMs: positive.default(15_000),
  })
  .refine((settings) => settings.apiKeys.length > 0 || isLoopback(settings.host), {
    path: ['apiKeys'],
    message: 'the API listens beyond this machine and has no API keys: configure one, or listen on 127.0.0.1',
  })
export type ServerSettings = z.infer<typeof ServerSettings>
export type ServerSettingsInput = z.input<typeof ServerSettings>

/** Whether only this machine can reach the host of that name or address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}
