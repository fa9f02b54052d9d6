import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createDirectoryStore } from '../../object-store/directory.ts'
import { createMemoryJudgeCache } from './judge-cache.ts'
import { createStoredJudgeCache } from './stored-judge-cache.ts'
import { closeAll, closeLater, judgeEndpoint, openJudge, problem, right, wrong } from './testing/judge-harness.ts'

afterEach(closeAll)

describe('replies', () => {
  function stored() {
    const directory = mkdtempSync(join(tmpdir(), 'ratchet-judge-'))
    closeLater(() => rmSync(directory, { recursive: true, force: true }))
    const failures: unknown[] = []
    const cache = () => {
      const objects = createDirectoryStore({ directory })
      return createStoredJudgeCache({
        objects,
        memory: createMemoryJudgeCache(),
        onFailure: (error) => failures.push(error),
      })
    }
    const files = () =>
      readdirSync(join(directory, 'judge-cache'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.json'))
        .map((name) => join(directory, 'judge-cache', name))
    return { cache, files, failures, directory }
  }

  test('are remembered: the same again asks nothing', async () => {
    const server = await judgeEndpoint()
    const judge = openJudge([server.url])
    const first = await judge.verify(problem, right)
    expect(await judge.verify(problem, right)).toEqual(first)
    expect(server.asked).toBe(2)
  })

  test('are kept in the object store: another process asks nothing, and says the same', async () => {
    const server = await judgeEndpoint()
    const { cache, files } = stored()
    const first = await openJudge([server.url], { cache: cache() }).verify(problem, right)
    expect(files()).toHaveLength(2)
    expect(files()[0]).toMatch(/judge-cache\/([0-9a-f]{2})\/\1[0-9a-f]{62}\.json$/)
    expect(await openJudge([server.url], { cache: cache() }).verify(problem, right)).toEqual(first)
    expect(server.asked).toBe(2)
  })

  test('that say nothing are kept too, and failures are not', async () => {
    const server = await judgeEndpoint({
      answer: () => 'hm',
      fault: ({ ask }) => (ask === 1 ? { kind: 'answer', status: 400, body: '' } : null),
    })
    const { cache } = stored()
    const judge = openJudge([server.url], { cache: cache() })
    expect((await judge.verify(problem, right)).reason).toMatch(/rejects the question \(400\)/)
    expect((await judge.verify(problem, right)).reason).toMatch(/no answer/)
    await openJudge([server.url], { cache: cache() }).verify(problem, right)
    expect(server.asked).toBe(2)
  })

  test('that were spoiled in the store are asked for again and mended', async () => {
    const server = await judgeEndpoint()
    const { cache, files } = stored()
    await openJudge([server.url], { cache: cache() }).verify(problem, wrong)
    for (const file of files()) writeFileSync(file, '{"text":')
    expect(await openJudge([server.url], { cache: cache() }).verify(problem, wrong)).toMatchObject({
      decision: 'incorrect',
    })
    expect(server.asked).toBe(2)
    expect(JSON.parse(readFileSync(files()[0] ?? '', 'utf8'))).toMatchObject({ finish: 'stop' })
  })

  test('cannot be kept: the judge decides all the same', async () => {
    const server = await judgeEndpoint()
    const { cache, failures, directory } = stored()
    writeFileSync(join(directory, 'judge-cache'), 'in the way')
    expect(await openJudge([server.url], { cache: cache() }).verify(problem, wrong)).toMatchObject({
      decision: 'incorrect',
    })
    expect(failures.length).toBeGreaterThan(0)
  })

  test('to the same question at the same time are one', async () => {
    const server = await judgeEndpoint({ latencyMs: () => 20 })
    const judge = openJudge([server.url])
    const verdicts = await Promise.all(Array.from({ length: 5 }, () => judge.verify(problem, wrong)))
    expect(new Set(verdicts.map(({ decision }) => decision))).toEqual(new Set(['incorrect']))
    expect([server.asked, judge.spent.calls]).toEqual([1, 1])
  })

  test('differ by model, protocol and prompt', async () => {
    const server = await judgeEndpoint({ models: ['judge', 'other'] })
    const cache = createMemoryJudgeCache()
    await openJudge([server.url], { cache }).verify(problem, wrong)
    await openJudge([server.url], { cache, model: 'other' }).verify(problem, wrong)
    await openJudge([server.url], { cache, prompt: 'Say Yes or No.' }).verify(problem, wrong)
    await openJudge([server.url], { cache, protocol: 'option-index' }).verify(problem, wrong)
    expect(server.asked).toBe(4)
  })
})

describe('who leaves', () => {
  test('rejects with its reason, and the question is cancelled when nobody waits for it', async () => {
    const server = await judgeEndpoint({ fault: () => ({ kind: 'hang' }) })
    const judge = openJudge([server.url])
    const stop = new AbortController()
    const asked = judge.verify(problem, right, stop.signal)
    while (server.asked === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    stop.abort(new Error('the shard is lost'))
    await expect(asked).rejects.toThrow('the shard is lost')
    while (server.cancelled === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(server.inFlight).toBe(0)
  })

  test('does not take the answer from those who stay', async () => {
    const server = await judgeEndpoint({ latencyMs: () => 50 })
    const judge = openJudge([server.url])
    const stop = new AbortController()
    const leaving = judge.verify(problem, wrong, stop.signal)
    const staying = judge.verify(problem, wrong)
    while (server.asked === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    stop.abort(new Error('gone'))
    await expect(leaving).rejects.toThrow('gone')
    expect(await staying).toMatchObject({ decision: 'incorrect' })
    expect(server.asked).toBe(1)
  })
})
