import { PortError } from '@ratchet/ports/port-error.ts'
import { errorCode } from '../embedded/error-code.ts'

/** The error of a file operation under the store's directory, with what an operator can do about it. */
export function failureOfDirectory(directory: string, what: string, error: unknown): PortError {
  const code = errorCode(error)
  const { because, retryable } = meanings[code ?? ''] ?? { because: code ?? String(error), retryable: true }
  return new PortError(`cannot ${what} in ${directory}: ${because}`, { retryable, cause: error })
}

const mayNot = { because: 'this user may not: correct the owner or the mode', retryable: false }
const full = { because: 'the disk is full: free some space', retryable: true }
const tooMany = { because: 'too many files are open: raise the limit (ulimit -n)', retryable: true }
const noLinks = { because: 'its file system has no hard links: use another directory', retryable: false }
const partIsObject = { because: 'a part of the key is itself an object, or the directory is a file', retryable: false }

const meanings: Readonly<Record<string, { because: string; retryable: boolean }>> = {
  EACCES: mayNot,
  EPERM: mayNot,
  EROFS: { because: 'it is mounted read-only', retryable: false },
  ENOSPC: full,
  EDQUOT: { because: 'the quota of this user is used up: free some space', retryable: true },
  EMFILE: tooMany,
  ENFILE: tooMany,
  ENOTSUP: noLinks,
  EOPNOTSUPP: noLinks,
  EEXIST: partIsObject,
  EISDIR: { because: 'other keys begin with this one and a slash', retryable: false },
  ENOTDIR: partIsObject,
  ENAMETOOLONG: { because: 'the path is too long: use a directory with a shorter path', retryable: false },
}
