import { HttpProblem } from './http-problem.ts'

/**
 * One range of bytes of a file (RFC 9110, section 14). Null for none, for several, and for what is not understood, all of which
 * are answered with the whole file. Throws 416 when nothing of the range exists.
 */
export function readByteRange(
  header: string | undefined,
  fileBytes: number,
): { offset: number; length: number } | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '')
  if (match === null) return null
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return null
  const offset = first === '' ? Math.max(0, fileBytes - Number(last)) : Number(first)
  const end = first === '' || last === '' ? fileBytes - 1 : Math.min(Number(last), fileBytes - 1)
  if (first !== '' && last !== '' && Number(last) < Number(first)) return null
  if (offset >= fileBytes)
    throw new HttpProblem(416, 'range', `the file has ${fileBytes} bytes`, {
      headers: { 'content-range': `bytes */${fileBytes}` },
    })
  return { offset, length: end - offset + 1 }
}
