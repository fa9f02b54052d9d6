/** Programs are no text: what they hold is not stated. */
const programs =
  /```(?:python3?|py|sympy|sage|javascript|js|typescript|ts|java|c|cpp|c\+\+|r|julia|matlab|bash|sh|code)\b[^\n]{0,200}\n[\s\S]*?(?:```|$)/gi

/** The text without the programs in it, whole or cut off. */
export function withoutPrograms(text: string): string {
  return text.includes('```') ? text.replaceAll(programs, '\n') : text
}

/**
 * What a text that announces nothing shows in its last fence: the one line of the fence it ends with, or the last line that a program
 * printed (ToRA, Gou et al. 2024). Null when there is none.
 */
export function fencedAnswer(text: string): string | null {
  if (!text.includes('```')) return null
  const last = /```(\w{0,12})\n([^`]{1,400})```([^`]*)$/.exec(text.slice(-searched))
  const [, tag = '', content = '', after = ''] = last ?? []
  const lines = content.split('\n').filter((line) => line.trim() !== '')
  const line = lines.at(-1)?.trim() ?? ''
  const printed = tag === 'output'
  if (line === '' || line.length > 200 || /error|exception|traceback|time ?out/i.test(content)) return null
  if (!printed && (lines.length > 1 || /[A-Za-z]{3,}\s+[A-Za-z]{2,}/.test(line))) return null
  return printed || after.trim() === '' ? line : null
}

const searched = 2000
