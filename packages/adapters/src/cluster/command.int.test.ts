import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { PortError } from '@ratchet/ports/port-error.ts'
import { describeCluster } from '@ratchet/ports/testing/cluster-contract.ts'
import { createSystemClock } from '../clock/system-clock.ts'
import { launcherSettings, makeCommandClusterHarness } from '../testing/command-cluster-harness.ts'
import { type CommandSettings, createCommandScheduler } from './command.ts'

describeCluster("a site's own launcher", makeCommandClusterHarness)

describe("a site's own launcher", () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ratchet-launcher-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const clock = createSystemClock()
  const open = (changed: Partial<CommandSettings>) => createCommandScheduler({ ...launcherSettings, ...changed, clock })
  const shell = (script: string, ...args: string[]) => ['sh', '-c', script, '{name}', ...args]
  const run = () => ({ name: 'run-1', directory, command: ['true'], timeLimitMinutes: 5, nodes: 1, graceSeconds: 30 })
  const errorOf = async (call: Promise<unknown>): Promise<PortError> => {
    const error = await call.catch((thrown: unknown) => thrown)
    if (error instanceof PortError) return error
    throw new Error(`no PortError but ${JSON.stringify(error)}`)
  }

  test.each([
    [75, true],
    [1, false],
    [64, false],
  ])('exit code %i is retryable: %s, with the last line it said', async (code, retryable) => {
    const error = await errorOf(
      open({ submit: shell(`echo why >&2; echo no room >&2; exit ${code} # {command}`) }).submit(run()),
    )
    expect(error.message).toBe('no room')
    expect(error.retryable).toBe(retryable)
  })

  test('a launcher that says nothing is told by its exit code', async () => {
    const error = await errorOf(open({ look: shell('exit 3') }).look(run()))
    expect(error.message).toBe('sh ended with exit code 3 and gave no reason')
  })

  test('a launcher that does not end is killed with what it started, and may be asked again', async () => {
    const look = shell(`(sleep 2; touch ${join(directory, 'late')}) & wait`)
    const error = await errorOf(open({ look, timeoutSeconds: 0.3 }).look(run()))
    expect(error.message).toBe('sh did not end within 0.3 s')
    expect(error.retryable).toBe(true)
    await clock.sleep(2500)
    expect(readdirSync(directory)).toEqual([])
  })

  test('a launcher that is not there is named, and not asked again', async () => {
    const error = await errorOf(open({ look: ['/no/such/launcher', '{name}'] }).look(run()))
    expect(error.message).toMatch(/^the launcher \/no\/such\/launcher cannot be started/)
    expect(error.retryable).toBe(false)
  })

  test.each(['submit', 'look'] as const)(
    'a check names the program of %s that is not there, and calls none',
    async (verb) => {
      await open({ submit: shell('touch "$1/called" # {command}', '{directory}') }).check(run(), directory)
      expect(readdirSync(directory)).toEqual([])
      for (const program of ['/no/such/launcher', 'no-such-launcher']) {
        const command = [program, '{name}', ...(verb === 'submit' ? ['{command}'] : [])]
        const scheduler = open({ [verb]: command })
        const called = verb === 'submit' ? scheduler.submit(run()) : scheduler.look(run())
        const [told, later] = [await errorOf(scheduler.check(run(), directory)), await errorOf(called)]
        expect([told.message, told.retryable]).toEqual([later.message, false])
      }
    },
  )

  test('the values come in their arguments, whatever they hold', async () => {
    const submit = shell('printf "%s\\n" "$@" >&2; exit 1', '{command}', 'at most {timeLimitMinutes}m, {graceSeconds}s')
    const command = [...run().command, `it's {name} "$HOME"`]
    const error = await errorOf(open({ submit: [...submit.slice(0, -1), '{command}'] }).submit({ ...run(), command }))
    expect(error.message).toBe(`true 'it'\\''s {name} "$HOME"'`)
    expect(open({ submit }).preview(run())).toContain("'at most 5m, 30s'")
  })

  test('a launcher sees no secrets of ours', async () => {
    const inherited = { ...process.env, DATABASE_URL: 'postgresql://me:secret@host/db' }
    const look = shell(`echo "\${DATABASE_URL:-none} $SITE" >&2; exit 1`)
    expect((await errorOf(open({ look, inherited, env: { SITE: 'here' } }).look(run()))).message).toBe('none here')
  })

  test('a start that it does not tell is when the run was first seen', async () => {
    const scheduler = open({ look: shell(`echo '{"state":"running"}'`) })
    const first = await scheduler.look(run())
    expect(first).toMatchObject({ state: 'running', since: expect.any(Date) })
    expect(await scheduler.look(run())).toEqual(first)
  })

  test('a log that cannot be had shows why', async () => {
    expect(await open({ logs: shell('echo there is none yet >&2; exit 1') }).logs(run(), 5)).toEqual([
      'there is none yet',
    ])
    expect(await open({ logs: null }).logs(run(), 5)).toEqual([])
  })

  test('a run that does not end although it was stopped is named', async () => {
    const scheduler = open({ look: shell(`echo '{"state":"running"}'`), stop: shell('exit 0'), timeoutSeconds: 1 })
    const error = await errorOf(scheduler.stop(run(), 0))
    expect(error.message).toBe('the run run-1 is still running though the launcher was told to stop it')
    expect(error.retryable).toBe(true)
  })
})
