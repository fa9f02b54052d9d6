import { readFile } from 'node:fs/promises'
import { errorCode } from '@ratchet/adapters/embedded/error-code.ts'
import { parseDocument } from 'yaml'

/** A YAML or JSON file as a value. Throws one sentence that names the file, and the line where it is not YAML. */
export async function readYamlFile(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new Error(unreadable(path, error))
  }
  const document = parseDocument(text)
  const [first] = document.errors
  if (first !== undefined) throw new Error(`${path} is not YAML: ${first.message.split('\n', 1)[0]?.replace(/:$/, '')}`)
  return document.toJS({ maxAliasCount: 100 })
}

function unreadable(path: string, error: unknown): string {
  switch (errorCode(error)) {
    case 'ENOENT':
      return `there is no file ${path}`
    case 'EISDIR':
      return `${path} is a directory: name a file`
    case 'EACCES':
      return `${path} may not be read by this user: change its permissions`
    default:
      return `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
}
