import { PortError } from '@ratchet/ports/port-error.ts'

/** The first part of a key that no object may have: the directory store drafts objects under it. */
export const draftsName = '.drafts'

/** Refuses what is no key in every store alike, so that objects can move from one to another. Throws PortError. */
export function checkKey(key: string): void {
  const fault = faultOf(key)
  if (fault !== null)
    throw new PortError(`${JSON.stringify(shortened(key))} is no object key: ${fault}`, { retryable: false })
}

export function isKey(key: string): boolean {
  return faultOf(key) === null
}

/** False for a prefix with which no key can begin. */
export function isKeyPrefix(prefix: string): boolean {
  const whole = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  const last = prefix.slice(whole.length)
  // What is no part may be the beginning of one, as `.` is of `.a`.
  return isKey(['', '.', '..', draftsName].includes(last) ? `${whole}a` : prefix)
}

function faultOf(key: string): string | null {
  if (/\p{Surrogate}/u.test(key)) return 'it is not well-formed Unicode'
  if (Buffer.byteLength(key) > 1024) return 'it has more than 1024 bytes'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML, in which S3 lists keys, has none of these.
  if (/[\u0000-\u001f\u007f\ufffe\uffff]/.test(key)) return 'it has a control character'
  const parts = key.split('/')
  for (const part of parts) {
    if (part === '') return 'it has an empty part'
    if (part === '.' || part === '..') return `it has the part ${part}`
    if (Buffer.byteLength(part) > 255) return 'it has a part of more than 255 bytes'
  }
  return parts[0] === draftsName ? `${draftsName} is kept for unfinished objects` : null
}

function shortened(key: string): string {
  return key.length > 80 ? `${key.slice(0, 80)}…` : key
}
