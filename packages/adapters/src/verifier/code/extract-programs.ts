/** Longer programs are not looked at, in characters. */
export const longestProgram = 200_000

/** Of a flood of fenced blocks, so many of the last. */
const mostBlocks = 20

const fence = /^([ \t]*)(`{3,}|~{3,})[ \t]*\{?\.?([\w+#-]*)[^`]*$/
const python = /^(?:python|python3|py|py3|ipython)$/i
const unnamed = /^(?:|code|text|plaintext)$/i

/**
 * The texts of a solution that may be its program, the likeliest first: the fenced blocks from the last to the first, all of them as one
 * program, and the whole solution, because a bare program needs no fence. Blocks in other languages are left out; blocks that name no
 * language count only where none names Python.
 */
export function extractPrograms(solution: string): string[] {
  const blocks = fencedBlocks(solution)
  const named = blocks.filter(({ language }) => python.test(language))
  const chosen = named.length > 0 ? named : blocks.filter(({ language }) => unnamed.test(language))
  const texts = chosen.slice(-mostBlocks).map(({ text }) => text)
  const joined = texts.length > 1 ? [texts.join('\n\n')] : []
  const programs = [...texts.toReversed(), ...joined, withoutTags(solution)]
  return [...new Set(programs)].filter((text) => text.trim() !== '' && text.length <= longestProgram)
}

type Block = { readonly language: string; readonly text: string }

/** A fence that is never closed reaches to the end. */
function fencedBlocks(text: string): Block[] {
  const blocks: Block[] = []
  let open: { indent: string; mark: string; language: string; lines: string[] } | null = null
  for (const line of text.split(/\r?\n/)) {
    const found = line.length > 300 ? null : fence.exec(line)
    if (open === null) {
      if (found !== null) open = { indent: found[1] ?? '', mark: found[2] ?? '', language: found[3] ?? '', lines: [] }
    } else if (found !== null && found[3] === '' && found[2]?.startsWith(open.mark) === true) {
      blocks.push({ language: open.language, text: open.lines.join('\n') })
      open = null
    } else open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line)
  }
  if (open !== null) blocks.push({ language: open.language, text: open.lines.join('\n') })
  return blocks
}

/** Models that have seen MBPP's prompts put their program between these. */
function withoutTags(solution: string): string {
  const text = solution.replaceAll('\r\n', '\n')
  const begin = text.lastIndexOf('[BEGIN]')
  const from = begin === -1 ? 0 : begin + '[BEGIN]'.length
  const end = text.indexOf('[DONE]', from)
  return text.slice(from, end === -1 ? undefined : end)
}
