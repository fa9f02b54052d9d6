import { createHash } from 'node:crypto'
import { isAbsolute, resolve } from 'node:path'
import { z } from 'zod'

/** Where the API listens unless told otherwise. */
export const usualPort = 7420

/** An environment variable that is set to nothing is not set. */
const text = z.preprocess((value) => (value === '' ? undefined : value), z.string().optional())
const number = (schema: z.ZodType<number>) =>
  z.preprocess((value) => (value === '' || value === undefined ? undefined : Number(value)), schema.optional())

const Environment = z.object({
  DATA_DIR: text,
  DATABASE_URL: text,
  REDIS_URL: text,
  S3_BUCKET: text,
  S3_PREFIX: text,
  S3_ENDPOINT: text,
  S3_PUBLIC_ENDPOINT: text,
  AWS_REGION: text,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
  AWS_SESSION_TOKEN: text,
  PYTHON: text,
  RATCHET_PYTHON: text,
  RATCHET_API_KEYS: text.refine((value) => value === undefined || readKeys(value) !== null, {
    message: 'write it as scope:key pairs with commas between, as in write:aSecret,read:anotherSecret',
  }),
  API_HOST: text,
  API_PORT: number(z.number().int().min(0).max(65_535)),
  RATCHET_CONCURRENCY: number(z.number().int().min(1).max(256)),
  RATCHET_LEASE_SECONDS: number(z.number().min(1).max(3600)),
  RATCHET_LOG: z.preprocess(
    (value) => (value === '' ? undefined : value),
    z.enum(['debug', 'info', 'warn', 'error', 'silent']).optional(),
  ),
})

/** What a variable must be, in plain words. */
const forms: Readonly<Record<string, string>> = {
  API_PORT: 'it must be a whole number from 0 to 65535',
  RATCHET_CONCURRENCY: 'it must be a whole number from 1 to 256',
  RATCHET_LEASE_SECONDS: 'it must be a number from 1 to 3600',
  RATCHET_LOG: 'it must be debug, info, warn, error or silent',
}

/** Addresses and secrets of one installation. What is left out is embedded. */
export type Settings = {
  /** Absolute. Embedded services, run directories and checkpoints live under it. */
  readonly dataDirectory: string
  readonly databaseUrl: string | null
  readonly redisUrl: string | null
  readonly s3: S3Settings | null
  /** An interpreter that has what the trainer needs already; null: an environment is made in the data directory. */
  readonly pythonEnvironment: string | null
  readonly api: { readonly host: string; readonly port: number; readonly keys: readonly ApiKeySetting[] }
  /** Shards a worker runs at once. */
  readonly concurrency: number
  /** Seconds after which the shard of a worker that died is taken over. */
  readonly leaseSeconds: number
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Where the keys named in recipes are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>
}

export type S3Settings = {
  readonly bucket: string
  readonly prefix: string
  readonly endpoint: string | null
  /** For the addresses that the API hands out, where clients reach the server by another one. */
  readonly publicEndpoint: string | null
  readonly region: string
  /** Null for where the SDK looks for them. */
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    /** Of keys that are good for a while, as of STS or single sign-on. */
    readonly sessionToken?: string
  } | null
}

/** A key is kept as the hex sha256 of its text. */
export type ApiKeySetting = { readonly hash: string; readonly scopes: ('read' | 'write')[] }

/** Reads the settings; throws one sentence that names the variable. */
export function readSettings(env: Readonly<Record<string, string | undefined>>, root: string): Settings {
  const parsed = Environment.safeParse(env)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const name = issue?.path.join('.') ?? ''
    throw new Error(`the environment variable ${name} is not usable: ${forms[name] ?? issue?.message}`)
  }
  const values = parsed.data
  if (values.S3_ENDPOINT !== undefined && values.S3_BUCKET === undefined)
    throw new Error('S3_ENDPOINT is set and S3_BUCKET is not: name the bucket that Ratchet may use')
  const dataDirectory = values.DATA_DIR ?? '.ratchet'
  return {
    dataDirectory: isAbsolute(dataDirectory) ? dataDirectory : resolve(root, dataDirectory),
    databaseUrl: values.DATABASE_URL ?? null,
    redisUrl: values.REDIS_URL ?? null,
    s3: values.S3_BUCKET === undefined ? null : s3Settings(values.S3_BUCKET, values),
    pythonEnvironment: values.RATCHET_PYTHON ?? null,
    api: {
      host: values.API_HOST ?? '127.0.0.1',
      port: values.API_PORT ?? usualPort,
      keys: values.RATCHET_API_KEYS === undefined ? [] : (readKeys(values.RATCHET_API_KEYS) ?? []),
    },
    concurrency: values.RATCHET_CONCURRENCY ?? 8,
    leaseSeconds: values.RATCHET_LEASE_SECONDS ?? 15,
    logLevel: values.RATCHET_LOG ?? 'info',
    env,
  }
}

function s3Settings(bucket: string, values: z.infer<typeof Environment>): S3Settings {
  const { S3_PREFIX, S3_ENDPOINT, S3_PUBLIC_ENDPOINT, AWS_REGION } = values
  return {
    bucket,
    prefix: S3_PREFIX ?? '',
    endpoint: S3_ENDPOINT ?? null,
    publicEndpoint: S3_PUBLIC_ENDPOINT ?? null,
    region: AWS_REGION ?? 'us-east-1',
    credentials: s3Credentials(values),
  }
}

/** Both keys or neither, since the SDK would pass over half of them and look elsewhere. */
function s3Credentials(values: z.infer<typeof Environment>): S3Settings['credentials'] {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = values
  if (AWS_ACCESS_KEY_ID !== undefined && AWS_SECRET_ACCESS_KEY !== undefined)
    return {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: AWS_SESSION_TOKEN }),
    }
  const given = Object.entries({ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN }).find(
    ([, value]) => value !== undefined,
  )
  if (given === undefined) return null
  const missing = AWS_ACCESS_KEY_ID === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY'
  throw new Error(
    `the environment variable ${missing} is not set and ${given[0]} is: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither and no AWS_SESSION_TOKEN`,
  )
}

function readKeys(value: string): ApiKeySetting[] | null {
  const keys: ApiKeySetting[] = []
  for (const pair of value.split(',')) {
    const [, scope, key] = /^\s*(read|write):(\S+)\s*$/.exec(pair) ?? []
    if (scope === undefined || key === undefined) return null
    const hash = createHash('sha256').update(key).digest('hex')
    keys.push({ hash, scopes: scope === 'read' ? ['read'] : ['write'] })
  }
  return keys
}
