import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai'

/**
 * `away`: the endpoint as a whole does not serve us, so it is left alone for a while. `overloaded`: it may serve us a moment later.
 * `refused`: this question is not answered, whoever is asked.
 */
export type JudgeFailureKind = 'away' | 'overloaded' | 'refused'

/** Why there is no reply, in one sentence with a remedy. Never holds a key. */
export class JudgeFailure extends Error {
  override readonly name = 'JudgeFailure'
  readonly kind: JudgeFailureKind
  constructor(kind: JudgeFailureKind, message: string) {
    super(message)
    this.kind = kind
  }
}

export type AskedEndpoint = { readonly url: string; readonly model: string; readonly keyName: string | undefined }

/** What an error of the client means. `secret` is taken out of what the server says. */
export function judgeFailureOf(error: unknown, asked: AskedEndpoint, secret: string | undefined): JudgeFailure {
  const { url, model, keyName } = asked
  if (error instanceof JudgeFailure) return error
  const judge = `the judge at ${hostOf(url)}`
  if (error instanceof APIConnectionTimeoutError) return new JudgeFailure('away', `${judge} gives no answer in time`)
  if (error instanceof APIConnectionError) return new JudgeFailure('away', `${judge} cannot be reached`)
  if (!(error instanceof APIError)) return new JudgeFailure('away', `${judge} does not answer as the OpenAI API does`)
  const status = Number(error.status)
  if (status === 401 || status === 403) {
    const remedy = keyName === undefined ? 'name its key as apiKeyEnv' : `check the key in ${keyName}`
    return new JudgeFailure('away', `${judge} refuses us (${status}): ${remedy}`)
  }
  if (status === 404) return new JudgeFailure('away', `${judge} does not serve the model ${model} (404)`)
  if (status === 429 || status === 503)
    return new JudgeFailure('overloaded', `${judge} is overloaded (${status}): lower maxInFlight or add endpoints`)
  if (status >= 500) return new JudgeFailure('away', `${judge} failed (${status}): see the log of that server`)
  return new JudgeFailure('refused', `${judge} rejects the question (${status}${said(error, secret)})`)
}

/** Without what an address may hold of a user and a password. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an address that is no URL'
}

function said({ error }: APIError, secret: string | undefined): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined
  if (typeof message !== 'string' || message === '') return ''
  const safe = secret === undefined ? message : message.replaceAll(secret, '(key)')
  const line = safe.replaceAll(/\s+/g, ' ')
  return `: ${line.length > 120 ? `${line.slice(0, 119)}…` : line}`
}
