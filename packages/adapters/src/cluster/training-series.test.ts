import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { seriesStart } from '@ratchet/ports/cluster.ts'
import { usageOf } from './job-usage.ts'
import { mark } from './run-directory.ts'
import { readSeries } from './training-series.ts'

let run = ''
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'ratchet-run-'))
})
afterEach(() => rmSync(run, { recursive: true, force: true }))

const attempt = (number: number) => join(run, `attempt-${number}`)
const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000)
const line = (second: number, kind: string, more: object = {}) =>
  `${JSON.stringify({ at: at(second).toISOString(), kind, ...more })}\n`
const stepLine = (second: number, step: number) => line(second, 'step', { phase: 0, step, loss: 0.5 })
const write = (number: number, text: string) => {
  mkdirSync(attempt(number), { recursive: true })
  appendFileSync(join(attempt(number), 'events.jsonl'), text)
}
const read = (cursor = seriesStart) => {
  const { steps, next } = readSeries(run, cursor)
  return { steps: steps.map((each) => `${each.attempt}.${each.step}`), next }
}

describe('a series', () => {
  test('of nothing stays where it is', () => {
    expect(read()).toEqual({ steps: [], next: seriesStart })
  })

  test('takes a line once it is whole', () => {
    write(1, stepLine(1, 1) + stepLine(2, 2).slice(0, 20))
    const { steps, next } = read()
    expect(steps).toEqual(['1.1'])
    expect(read(next)).toEqual({ steps: [], next })
    write(1, stepLine(2, 2).slice(20))
    expect(read(next).steps).toEqual(['1.2'])
  })

  test('leaves an attempt only when a later trainer has said something, though others in between have not', () => {
    write(1, `${stepLine(1, 1)}{"cut off`)
    mkdirSync(attempt(2))
    mkdirSync(attempt(3))
    const { next } = read()
    expect(read(next).next).toEqual(next)
    write(1, `\n${stepLine(2, 2)}`)
    write(3, stepLine(3, 2))
    const rest = read(next)
    expect(rest.steps).toEqual(['1.2'])
    expect(read(rest.next).next).toEqual({ attempt: 3, offset: 0 })
    expect(read({ attempt: 3, offset: 0 }).steps).toEqual(['3.2'])
  })

  test('passes over what is no step, no event or too long to be one', () => {
    write(
      1,
      `${'x'.repeat(600_000)}\nnull\n${line(1, 'save', { step: 1 })}${line(2, 'step', { step: 1.5 })}${stepLine(3, 2)}`,
    )
    const steps: string[] = []
    let cursor = seriesStart
    for (let reads = 0; reads < 5; reads++) {
      const found = read(cursor)
      steps.push(...found.steps)
      cursor = found.next
    }
    expect(steps).toEqual(['1.2'])
  })
})

describe('the usage', () => {
  const once = { firstAttempt: 1, usageBefore: { seconds: 0, gpuSeconds: 0 } }

  test('is from the start that the scheduler told to the last event, over all attempts, times the GPUs', () => {
    write(1, stepLine(20, 1) + stepLine(30, 2))
    mark(attempt(1), 'started', at(10))
    write(2, stepLine(40, 2) + stepLine(45, 3))
    mkdirSync(attempt(3))
    expect(usageOf(run, once, 3, 8)).toEqual({ seconds: 25, gpuSeconds: 200 })
  })

  test('holds a silent trainer to account until it was killed', () => {
    write(1, stepLine(20, 1))
    mark(attempt(1), 'stopped', at(320))
    expect(usageOf(run, once, 1, 1).seconds).toBe(300)
  })

  test('is of no GPU where the trainer says that it runs on the CPU', () => {
    write(1, line(0, 'heartbeat') + line(1, 'start', { device: 'cpu' }) + stepLine(9, 1))
    write(2, line(10, 'start', { device: 'cuda' }) + stepLine(12, 2))
    expect(usageOf(run, once, 2, 2)).toEqual({ seconds: 11, gpuSeconds: 4 })
  })

  test('after a retry is what was used before, and of the attempts since on the GPUs of now', () => {
    for (const number of [1, 2]) write(number, stepLine(20, 1) + stepLine(30, 2))
    const retried = { firstAttempt: 2, usageBefore: { seconds: 500, gpuSeconds: 4000 } }
    expect(usageOf(run, retried, 2, 4)).toEqual({ seconds: 510, gpuSeconds: 4040 })
    expect(usageOf(run, retried, 1, 4)).toEqual(retried.usageBefore)
  })

  test('is nothing of an attempt that only waits', () => {
    mkdirSync(attempt(1))
    writeFileSync(join(attempt(1), 'submitted.json'), '{}')
    expect(usageOf(run, once, 1, 4)).toEqual({ seconds: 0, gpuSeconds: 0 })
  })
})
