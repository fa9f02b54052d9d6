import { describe, expect, test } from '@jest/globals'
import { isLoopback, ServerSettings } from './server-settings.ts'

describe('server settings', () => {
  test('a server without keys may only listen on loopback', () => {
    expect(ServerSettings.safeParse({ host: '0.0.0.0' }).error?.issues[0]?.message).toContain('no API keys')
    expect(
      ServerSettings.safeParse({ host: '0.0.0.0', apiKeys: [{ hash: 'a'.repeat(64), scopes: ['read'] }] }).success,
    ).toBe(true)
    expect(ServerSettings.safeParse({}).success).toBe(true)
  })

  test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1', '[::1]'])('%s is loopback', (host) => {
    expect(isLoopback(host)).toBe(true)
  })

  test.each(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.org', 'localhost.example.org', ''])(
    '%s is not',
    (host) => {
      expect(isLoopback(host)).toBe(false)
    },
  )
})
