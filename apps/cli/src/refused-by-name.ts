import { ApiRefused } from './api-error.ts'

/** Asks the API to take what is in a file. A refusal of the file's fields names it; null: it came from no file. */
export async function refusedByName<T>(file: string | null, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (file === null || !(error instanceof ApiRefused) || error.document.errors.length === 0) throw error
    const { length } = error.document.errors
    const what = length === 1 ? 'one problem' : `${length} problems`
    throw new ApiRefused({ ...error.document, detail: `${file} has ${what}` })
  }
}
