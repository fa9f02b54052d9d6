import type { Purpose } from '../trajectory.ts'

/**
 * The sampling seed of one rollout, in [0, 2^31): the same ids give the same seed on every machine and in every run, whatever was
 * sampled before.
 *
 * MurmurHash3 (x86, 32 bit) of the ids' UTF-8 bytes gives a start and an odd stride; the `index`-th point of that walk goes through a
 * bijection of 31-bit integers. So the seeds of one problem are all different, and neighbouring indices share no pattern.
 */
export function rolloutSeed(
  iterationSeed: number,
  roundIndex: number,
  purpose: Purpose,
  problemId: string,
  index: number,
): number {
  const key = `${purpose}\n${roundIndex}\n${problemId}`
  const start = murmur3(key, iterationSeed)
  const stride = murmur3(key, iterationSeed ^ 0x5bd1e995) | 1
  return mix31((start + Math.imul(index, stride)) & mask31)
}

const mask31 = 0x7fffffff

/** A bijection on 31 bits: xor-shifts and multiplications by odd numbers can each be undone. */
function mix31(value: number): number {
  let mixed = value
  mixed ^= mixed >>> 16
  mixed = Math.imul(mixed, 0x7feb352d) & mask31
  mixed ^= mixed >>> 15
  mixed = Math.imul(mixed, 0x846ca68b) & mask31
  return mixed ^ (mixed >>> 16)
}

/** MurmurHash3_x86_32 (Appleby, public domain) of a string's UTF-8 bytes. */
export function murmur3(text: string, seed: number): number {
  const bytes = utf8(text)
  let hash = seed | 0
  let block = 0
  for (const [at, byte] of bytes.entries()) {
    block |= byte << (8 * (at & 3))
    if ((at & 3) !== 3) continue
    hash = Math.imul(rotateLeft(hash ^ scramble(block), 13), 5) + 0xe6546b64
    block = 0
  }
  hash ^= scramble(block)
  hash ^= bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function scramble(block: number): number {
  return Math.imul(rotateLeft(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593)
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function utf8(text: string): number[] {
  const bytes: number[] = []
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    const code = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point
    if (code < 0x80) bytes.push(code)
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63))
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
  }
  return bytes
}
