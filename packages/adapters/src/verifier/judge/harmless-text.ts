/**
 * A text that others wrote, to be shown to a judge: without control, bidirectional, zero-width and tag characters, which hide what a
 * person would see, and with a space in whatever a chat template could take for one of its own tokens (`<|im_end|>`, `[INST]`,
 * `</think>`). Other text stays as it is.
 */
export function harmlessText(text: string): string {
  return text
    .replaceAll(/\p{Surrogate}/gu, '\ufffd')
    .replaceAll(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replaceAll(invisible, '')
    .replaceAll(templateToken, '$& ')
    .trim()
}

/** Unicode's general categories Cc (but tab and line feed), and the invisible of Cf: bidirectional marks, joiners, tags. */
const invisible =
  /[^\P{Cc}\t\n]|[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/gu

/** The first character of what looks like a token of a template: `<|`, `<｜`, `<word>`, `</word>`, `<<SYS>>`, `[INST]`, `[/INST]`. */
const templateToken = /<(?=[|｜]|\/?[A-Za-z_][A-Za-z_0-9]*>|<\/?SYS>>)|\[(?=\/?INST\])/g
