import { describe, expect, test } from '@jest/globals'
import { answerOf, failureOfS3 } from './s3-failure.ts'

const place = { bucket: 'sets', endpoint: 'http://objects:9000', region: 'eu-west-1' }
const answer = (status: number, name: string, message = 'whatever it says') =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status, attempts: 1 } })
const broken = (code: string, message = code) => Object.assign(new Error(message), { code })

describe('a failure of S3', () => {
  test.each([
    ['there is no such bucket at http://objects:9000: create it', false, answer(404, 'NoSuchBucket')],
    ['http://objects:9000 forbids it (403 AccessDenied): let these credentials', false, answer(403, 'AccessDenied')],
    ['refuses our credentials (403 SignatureDoesNotMatch)', false, answer(403, 'SignatureDoesNotMatch')],
    ['refuses our credentials (403 InvalidAccessKeyId)', false, answer(403, 'InvalidAccessKeyId')],
    ["set this machine's clock", false, answer(403, 'RequestTimeTooSkewed')],
    ['http://objects:9000 refuses us (403)', false, answer(403, 'Unknown')],
    ['it is not in the region eu-west-1', false, answer(301, 'PermanentRedirect')],
    ['it is not in the region eu-west-1', false, answer(400, 'AuthorizationHeaderMalformed')],
    ['one key is the beginning of another', false, answer(409, 'ObjectParentIsFile')],
    ['others write the same object all the time', true, answer(409, 'ConditionalRequestConflict')],
    ['http://objects:9000 is overloaded (503 SlowDown)', true, answer(503, 'SlowDown')],
    ['is overloaded', true, answer(429, 'TooManyRequests')],
    ['http://objects:9000 failed (500 InternalError): see the log', true, answer(500, 'InternalError')],
    ['failed (507 XMinioStorageFull)', true, answer(507, 'XMinioStorageFull')],
    ['refuses the request (400 EntityTooLarge)', false, answer(400, 'EntityTooLarge')],
    ['does not answer as S3 does (200 SyntaxError): correct S3_ENDPOINT', false, answer(200, 'SyntaxError')],
    ['nothing listens at http://objects:9000', true, broken('ECONNREFUSED')],
    ['the host of http://objects:9000 cannot be resolved', true, broken('ENOTFOUND')],
    ['the connection to http://objects:9000 broke (ECONNRESET)', true, broken('ECONNRESET')],
    ['does not answer in time', true, Object.assign(new Error('too slow'), { name: 'TimeoutError' })],
    ['the certificate of http://objects:9000 is not trusted', false, broken('DEPTH_ZERO_SELF_SIGNED_CERT')],
    ['is not trusted (ERR_TLS_CERT_ALTNAME_INVALID)', false, broken('ERR_TLS_CERT_ALTNAME_INVALID')],
    ['do not have the checksum', true, new Error('Checksum mismatch: expected "a" but received "b"')],
    ['there are no credentials', false, Object.assign(new Error('none'), { name: 'CredentialsProviderError' })],
    ['nothing listens at', true, new Error('an error wrapper for Error: connect ECONNREFUSED 127.0.0.1:9')],
    ['the connection to http://objects:9000 broke (unknown)', true, 'a string'],
  ])('says: %s (retryable %s)', (because, retryable, error) => {
    const failure = failureOfS3(place, 'write a', error)
    expect(failure.message).toMatch(/^cannot write a in the bucket sets: /)
    expect(failure.message).toContain(because)
    expect(failure.retryable).toBe(retryable)
  })

  test('repeats nothing that a server says about keys and signatures', () => {
    const error = Object.assign(answer(403, 'SignatureDoesNotMatch', 'AKIDEXAMPLE signed 0badcafe'), {
      AWSAccessKeyId: 'AKIDEXAMPLE',
      SignatureProvided: '0badcafe',
    })
    const failure = failureOfS3(place, 'write a', error)
    expect(failure.message).not.toMatch(/AKIDEXAMPLE|0badcafe/)
    expect(failure.cause).toBeUndefined()
  })

  test('without an answer keeps what broke as its cause', () => {
    const error = broken('ECONNRESET')
    expect(failureOfS3(place, 'write a', error).cause).toBe(error)
    expect(answerOf(error)).toEqual({ status: null, code: 'ECONNRESET', attempts: 1 })
  })
})
