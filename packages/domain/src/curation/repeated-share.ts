/**
 * The share, in [0, 1], of a text's word n-grams that repeat an earlier one of the same text. Words are separated by white space; a text
 * of fewer than `n` words has no n-grams and the share 0.
 *
 * Exact and without building the n-grams as strings: runs are named by numbers, equal runs by the same one, and names of longer runs
 * are made from pairs of shorter ones (Karp, Miller and Rosenberg, 1972). Time is O(words · log n).
 */
export function repeatedShare(text: string, n: number): number {
  const words = text.split(/\s+/).filter((word) => word !== '')
  if (words.length < n) return 0
  const names = namesOfLength(nameAll(words), n)
  return 1 - new Set(names).size / names.length
}

function namesOfLength(wordNames: readonly number[], n: number): readonly number[] {
  let length = 1
  let names = wordNames
  for (let bit = 2 ** Math.floor(Math.log2(n)) / 2; bit >= 1; bit /= 2) {
    names = joined(names, names, length)
    length *= 2
    if (Math.floor(n / bit) % 2 === 1) {
      names = joined(names, wordNames, length)
      length += 1
    }
  }
  return names
}

/** Names of the runs that begin with a run of `left`, `leftLength` words long, and go on with a run of `right`. */
function joined(left: readonly number[], right: readonly number[], leftLength: number): readonly number[] {
  const pairs: number[] = []
  for (let at = 0; at < left.length && at + leftLength < right.length; at++)
    pairs.push((left[at] ?? 0) * 2 ** 26 + (right[at + leftLength] ?? 0))
  return nameAll(pairs)
}

function nameAll(values: readonly (string | number)[]): readonly number[] {
  const names = new Map<string | number, number>()
  return values.map((value) => {
    const name = names.get(value) ?? names.size
    names.set(value, name)
    return name
  })
}
