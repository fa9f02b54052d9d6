import { expect, test } from '@jest/globals'
import { createListing } from './listing.ts'

const startMs = Date.parse('2026-01-01T00:00:00Z')

function listing(lifeMs: number | null) {
  let nowMs = startMs
  let asked = 0
  const made = createListing(
    async () => {
      asked += 1
      const expiresAt = lifeMs === null ? null : new Date(nowMs + lifeMs).toISOString()
      return [{ path: 'a', bytes: 1, sha256: '0'.repeat(64), url: `/${asked}`, expiresAt }]
    },
    () => nowMs,
  )
  return {
    forget: made.forget,
    async urlAfter(ms: number): Promise<string | undefined> {
      nowMs = startMs + ms
      return (await made.files())[0]?.url
    },
  }
}

test('addresses are asked for once, and again shortly before they expire', async () => {
  const { urlAfter } = listing(3_600_000)
  expect([await urlAfter(0), await urlAfter(3_400_000), await urlAfter(3_590_000)]).toEqual(['/1', '/1', '/2'])
})

test('addresses that never expire are asked for again only when they are to be forgotten', async () => {
  const { urlAfter, forget } = listing(null)
  expect([await urlAfter(0), await urlAfter(1e12)]).toEqual(['/1', '/1'])
  forget()
  expect(await urlAfter(1e12)).toBe('/2')
})
