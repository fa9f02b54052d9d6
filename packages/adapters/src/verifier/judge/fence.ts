import { createHash } from 'node:crypto'

export type Block = { readonly title: string; readonly text: string }

/**
 * A line that none of the texts contains and that nobody can guess without all of them: cut from their hash, so the same texts have the
 * same fence.
 */
export function fenceFor(texts: readonly string[]): string {
  for (let round = 0; ; round += 1) {
    const hash = createHash('sha256')
      .update(JSON.stringify([round, ...texts]))
      .digest('hex')
    const fence = `=====${hash.slice(0, 24)}=====`
    if (texts.every((text) => !text.includes(fence))) return fence
  }
}

/** Texts of others under their titles, each between two lines of the fence. */
export function fencedBlocks(fence: string, blocks: readonly Block[]): string {
  return blocks.map(({ title, text }) => `## ${title}\n${fence}\n${text}\n${fence}`).join('\n\n')
}
