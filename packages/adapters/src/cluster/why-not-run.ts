import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { errorCode } from '../embedded/error-code.ts'

/** Why a program could not be started here, in the words of starting it; null where nothing speaks against it. A name without a slash is looked for in `path`. */
export function whyNotRun(program: string, path: string | undefined): string | null {
  const places = program.includes('/') ? [program] : (path ?? '').split(delimiter).map((each) => join(each, program))
  const faults = places.map(faultOf)
  if (faults.includes(null)) return null
  return `spawn ${program} ${faults.includes('EACCES') ? 'EACCES' : 'ENOENT'}`
}

/** Null of one that may be run. Without knowledge it may be run. */
function faultOf(file: string): 'EACCES' | 'ENOENT' | null {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isDirectory() ? 'EACCES' : null
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EACCES') return 'EACCES'
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'ENOENT' : null
  }
}
