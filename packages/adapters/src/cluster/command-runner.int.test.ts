import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type CommandRunner, localRunner, sshRunner } from './command-runner.ts'

const sshd = '/usr/sbin/sshd'
const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] }

function describeRunner(open: () => CommandRunner): void {
  test('arguments arrive unchanged, whatever is in them', async () => {
    const argument = `it's "quoted" $HOME; $(id) * \\ ünï`
    const { code, stdout } = await open()(['printf', '%s', argument])
    expect({ code, stdout }).toEqual({ code: 0, stdout: argument })
  })

  test('input, exit code and errors are passed on', async () => {
    const script = 'cat; echo wrong >&2; exit 3'
    expect(await open()(['sh', '-c', script], 'a script\n')).toEqual({
      code: 3,
      stdout: 'a script\n',
      stderr: expect.stringContaining('wrong'),
    })
  })

  test('a program that does not read its input is no error', async () => {
    expect(await open()(['true'], 'x'.repeat(1_000_000))).toMatchObject({ code: 0 })
  })
}

describe('commands on this machine', () => {
  describeRunner(() => localRunner(env))

  test('a program that does not exist is named, for good', async () => {
    const error = expect.objectContaining({
      retryable: false,
      message: expect.stringContaining('no-such-program cannot be started'),
    })
    await expect(localRunner(env)(['no-such-program'])).rejects.toEqual(error)
  })

  test.each(['/etc/passwd', '/etc/passwd/program'])('%s may not be run, for good', async (program) => {
    await expect(localRunner(env)([program])).rejects.toMatchObject({
      retryable: false,
      message: expect.stringContaining(`${program} cannot be started`),
    })
  })

  test('a machine that has no room for one more program is tried again later', async () => {
    const held: number[] = []
    const soft = execFileSync('prlimit', ['--pid', String(process.pid), '--nofile', '--noheadings', '--output=SOFT'])
    const limitTo = (count: string) => execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${count}:`])
    limitTo('256')
    let told: unknown = null
    try {
      for (;;) held.push(openSync('/dev/null', 'r'))
    } catch {
      told = await localRunner(env)(['true']).catch((error: unknown) => error)
    } finally {
      for (const each of held) closeSync(each)
      limitTo(soft.toString().trim())
    }
    expect(told).toMatchObject({ retryable: true, message: expect.stringMatching(/^true cannot be started: .*EMFILE/) })
  })
})

const reason = existsSync(sshd)
  ? process.getuid?.() === 0
    ? null
    : 'an ssh server is started by root only'
  : 'no sshd'
const suite = reason === null ? describe : describe.skip
suite(`commands over a real ssh${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  let directory = ''
  let port = 0
  let server: ChildProcess
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ratchet-ssh-test-'))
    mkdirSync('/run/sshd', { recursive: true })
    for (const name of ['host', 'user'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, name)])
    execFileSync('cp', [join(directory, 'user.pub'), join(directory, 'authorized')])
    port = await freePort()
    const settings = `Port ${port}\nListenAddress 127.0.0.1\nHostKey ${directory}/host\nAuthorizedKeysFile ${directory}/authorized\nStrictModes no\nPasswordAuthentication no\nPidFile none\nUsePAM no\n`
    writeFileSync(join(directory, 'sshd_config'), settings)
    server = spawn(sshd, ['-D', '-f', join(directory, 'sshd_config')], { stdio: 'ignore' })
    await sleep(500)
  })
  afterAll(async () => {
    await sshRunner(destination(), env)(['true']).catch(() => {})
    execFileSync('ssh', ['-O', 'exit', ...control(), ...destination().options, '127.0.0.1'], { stdio: 'ignore' })
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill()
    await ended
    rmSync(directory, { recursive: true, force: true })
  })

  const control = () => ['-o', `ControlPath=${join(tmpdir(), 'ratchet-ssh-%C')}`]
  const destination = (more: readonly string[] = []) => ({
    destination: '127.0.0.1',
    options: [
      ...['-p', String(port), '-i', join(directory, 'user'), '-o', 'StrictHostKeyChecking=no'],
      ...['-o', `UserKnownHostsFile=${join(directory, 'known')}`, '-o', 'LogLevel=ERROR', ...more],
    ],
  })

  describeRunner(() => sshRunner(destination(), env))

  test('a machine that cannot be reached is tried again later', async () => {
    const nobody = { destination: '127.0.0.1', options: ['-p', '1'] }
    const error = expect.objectContaining({
      retryable: true,
      message: expect.stringMatching(/^ssh cannot reach 127.0.0.1: .*refused/),
    })
    await expect(sshRunner(nobody, env)(['true'])).rejects.toEqual(error)
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
