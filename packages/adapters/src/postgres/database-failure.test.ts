import { describe, expect, test } from '@jest/globals'
import { failureOfDatabase } from './database-failure.ts'

const url = 'postgresql://me:a-secret@db.example:6432/loop?schema=x'
const withCode = (code: string, message = 'as the driver says it') => Object.assign(new Error(message), { code })

describe('a failure of the database', () => {
  test.each([
    ['nothing listens there', withCode('ECONNREFUSED')],
    ['its host cannot be resolved', withCode('ENOTFOUND')],
    ['it does not answer within 10 s', new Error('timeout expired')],
    ['it refuses the user or the password', withCode('28P01')],
    ['the server has no such database', withCode('3D000')],
    ['the disk is full', withCode('53100')],
  ])('says where the database is and that %s', (because, error) => {
    const { message } = failureOfDatabase(url, error)
    expect(message).toContain(`the database loop at db.example:6432 cannot be used: ${because}`)
    expect(message).not.toContain('a-secret')
  })

  test('of another kind comes back as it is', () => {
    const error = withCode('42P01', 'relation "x" does not exist')
    expect(failureOfDatabase(url, error)).toBe(error)
  })

  test('names the usual port and the lack of a database name', () => {
    const { message } = failureOfDatabase('postgresql://localhost', withCode('ECONNREFUSED'))
    expect(message).toContain('the database without a name at localhost:5432')
  })
})
