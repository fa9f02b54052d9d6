import { describe, expect, test } from '@jest/globals'
import { readSettings } from './env.ts'

const credentials = (env: Readonly<Record<string, string>>) =>
  readSettings({ S3_BUCKET: 'bucket', ...env }, '/root').s3?.credentials
const both = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' }

describe('credentials for the bucket', () => {
  test('are the two keys, and the token that goes with keys for a while', () => {
    expect(credentials(both)).toEqual({ accessKeyId: 'id', secretAccessKey: 'secret' })
    expect(credentials({ ...both, AWS_SESSION_TOKEN: 'token' })).toEqual({
      accessKeyId: 'id',
      secretAccessKey: 'secret',
      sessionToken: 'token',
    })
  })

  test('are looked for elsewhere when none is set, or each to nothing', () => {
    expect(credentials({})).toBeNull()
    expect(credentials({ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '' })).toBeNull()
  })

  test.each([
    [{ AWS_ACCESS_KEY_ID: 'a-key' }, 'AWS_SECRET_ACCESS_KEY is not set and AWS_ACCESS_KEY_ID is'],
    [{ AWS_SECRET_ACCESS_KEY: 'a-key' }, 'AWS_ACCESS_KEY_ID is not set and AWS_SECRET_ACCESS_KEY is'],
    [{ AWS_SESSION_TOKEN: 'a-key' }, 'AWS_ACCESS_KEY_ID is not set and AWS_SESSION_TOKEN is'],
  ])('that are half there are refused by name and without their values: %j', (env, message) => {
    expect(() => credentials(env)).toThrow(`the environment variable ${message}`)
    expect(() => credentials(env)).not.toThrow('a-key')
  })

  test('do not matter where there is no bucket', () => {
    expect(readSettings({ AWS_ACCESS_KEY_ID: 'id' }, '/root').s3).toBeNull()
  })
})
