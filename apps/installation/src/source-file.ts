import { fileURLToPath } from 'node:url'

/** The absolute path of a file of the project, as `infra/trainer/train.py`. */
export function sourceFile(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url))
}
