import { PortError } from '@ratchet/ports/port-error.ts'
import { z } from 'zod'

const Thrown = z.object({
  name: z.string().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  $metadata: z.object({ httpStatusCode: z.number().optional(), attempts: z.number().optional() }).optional(),
})

/** What an error of the S3 client says of the answer; `code` is S3's, or Node.js's when there was no answer. */
export type S3Answer = { readonly status: number | null; readonly code: string; readonly attempts: number }

export function answerOf(error: unknown): S3Answer {
  const { name, code, message, $metadata } = Thrown.safeParse(error).data ?? {}
  const status = $metadata?.httpStatusCode ?? null
  // The client wraps an error of another realm in one of its own, which has the code in its message only.
  const node = code ?? /\bE[A-Z_]{4,}\b/.exec(message ?? '')?.[0]
  return { status, code: (status === null ? (node ?? name) : name) ?? 'unknown', attempts: $metadata?.attempts ?? 1 }
}

export type S3Place = { readonly bucket: string; readonly endpoint: string; readonly region: string }

/**
 * The error of a request, with what an operator can do about it. Repeats codes but no message of the server: those can hold
 * key ids and signatures. For that reason only an error without an answer is its cause.
 */
export function failureOfS3(place: S3Place, what: string, error: unknown): PortError {
  const { status, code } = answerOf(error)
  const { because, retryable } = status === null ? withoutAnswer(place, code, error) : refused(place, status, code)
  const options = status === null ? { retryable, cause: error } : { retryable }
  return new PortError(`cannot ${what} in the bucket ${place.bucket}: ${because}`, options)
}

type Meaning = { readonly because: string; readonly retryable: boolean }

const never = (because: string): Meaning => ({ because, retryable: false })
const later = (because: string): Meaning => ({ because, retryable: true })

function refused({ endpoint, region }: S3Place, status: number, code: string): Meaning {
  const said = code === '' || code === 'Unknown' || code === 'UnknownError' ? `${status}` : `${status} ${code}`
  switch (code) {
    case 'NoSuchBucket':
      return never(`there is no such bucket at ${endpoint}: create it, or correct S3_BUCKET`)
    case 'InvalidBucketName':
      return never('no bucket can have this name: correct S3_BUCKET')
    case 'AccessDenied':
      return never(`${endpoint} forbids it (${said}): let these credentials list, read, write and delete objects there`)
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'ExpiredToken':
    case 'InvalidToken':
    case 'XAdminUserNotFound':
      return never(`${endpoint} refuses our credentials (${said}): correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`)
    case 'RequestTimeTooSkewed':
      return never(`the clocks of this machine and of ${endpoint} differ (${said}): set this machine's clock`)
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
    case 'IllegalLocationConstraintException':
      return never(`it is not in the region ${region} (${said}): correct AWS_REGION`)
    case 'ObjectParentIsFile':
    case 'ExistingObjectIsDirectory':
      return never(`one key is the beginning of another (${said})`)
    case 'ConditionalRequestConflict':
    case 'OperationAborted':
      return later(`others write the same object all the time (${said})`)
  }
  if (status === 301 || status === 307) return never(`it is not in the region ${region} (${said}): correct AWS_REGION`)
  if (status === 401 || status === 403)
    return never(`${endpoint} refuses us (${said}): check the credentials and their rights`)
  if (status === 408 || status === 429 || status === 503) return later(`${endpoint} is overloaded (${said})`)
  if (status >= 500) return later(`${endpoint} failed (${said}): see the log of that server`)
  if (status >= 400) return never(`${endpoint} refuses the request (${said})`)
  return never(`${endpoint} does not answer as S3 does (${said}): correct S3_ENDPOINT`)
}

function withoutAnswer({ endpoint }: S3Place, code: string, error: unknown): Meaning {
  const message = Thrown.safeParse(error).data?.message ?? ''
  switch (code) {
    case 'CredentialsProviderError':
      return never('there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
    case 'ECONNREFUSED':
      return later(`nothing listens at ${endpoint}: start the server, or correct S3_ENDPOINT`)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return later(`the host of ${endpoint} cannot be resolved: correct S3_ENDPOINT or the DNS`)
    case 'TimeoutError':
    case 'AbortError':
    case 'ETIMEDOUT':
      return later(`${endpoint} does not answer in time: check the network and that server`)
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code))
    return never(`the certificate of ${endpoint} is not trusted (${code}): correct it, or set NODE_EXTRA_CA_CERTS`)
  if (message.startsWith('Checksum mismatch'))
    return later('the bytes that arrived do not have the checksum that they were stored with')
  return later(`the connection to ${endpoint} broke (${code === 'Error' ? 'unknown error' : code})`)
}
