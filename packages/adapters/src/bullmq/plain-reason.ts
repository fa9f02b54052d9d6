import { errorCode } from '../embedded/error-code.ts'

/** The message of an error, or its code where it has none, without the password of `url`. */
export function plainReason(error: unknown, url: string): string {
  const message = error instanceof Error ? error.message : ''
  const reason = message === '' ? (errorCode(error) ?? 'unknown') : message
  const { password } = new URL(url)
  return password === '' ? reason : reason.replaceAll(password, '…').replaceAll(decoded(password), '…')
}

function decoded(password: string): string {
  try {
    return decodeURIComponent(password)
  } catch {
    return password
  }
}
