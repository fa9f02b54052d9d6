import { readFile } from 'node:fs/promises'
import { parseDocument } from 'yaml'

/** A YAML or JSON file as a value. Throws one sentence that names the file, and the line where it is not YAML. */
export async function readYamlFile(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw new Error(
      missing
        ? `there is no file ${path}`
        : `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  const document = parseDocument(text)
  const [first] = document.errors
  if (first !== undefined) throw new Error(`${path} is not YAML: ${first.message.split('\n', 1)[0]}`)
  return document.toJS({ maxAliasCount: 100 })
}
