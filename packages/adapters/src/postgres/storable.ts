import type { Prisma } from './generated/client.ts'

// PostgreSQL stores neither U+0000 nor lone surrogates, and models write both.
const loneSurrogate = /\p{Surrogate}/gu

/** The text with U+FFFD in place of what PostgreSQL cannot store. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\ufffd').replace(loneSurrogate, '\ufffd')
}

export function storableTextOrNull(text: string | null): string | null {
  return text === null ? null : storableText(text)
}

/** JSON text for a `jsonb` parameter; `undefined` is `null`. */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value ?? null)
  // JSON.stringify escapes exactly the characters in question.
  if (!/\\u(0000|d[89a-f])/i.test(json)) return json
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? storableText(part) : part))
}

/** The same for Prisma. */
export function storableInput(value: unknown): Prisma.InputJsonValue {
  return JSON.parse(storableJson(value)) as Prisma.InputJsonValue
}
