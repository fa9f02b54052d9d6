import { expect, test } from '@jest/globals'
import { Command } from 'commander'
import { hintAtHelp } from './hint-at-help.ts'

test('a wrong command line is told of the help of the command that was meant', async () => {
  let told = ''
  const program = new Command('ratchet').exitOverride().configureOutput({
    writeErr: (text) => {
      told += text
    },
  })
  program.command('things').command('list').requiredOption('--of <id>')
  hintAtHelp(program, 'ratchet')
  const hintAt = async (...argv: string[]): Promise<string> => {
    told = ''
    await expect(program.parseAsync(argv, { from: 'user' })).rejects.toThrow()
    return told
  }
  expect(await hintAt('things', 'list')).toContain('`ratchet things list --help` says how to use it')
  expect(await hintAt('things', 'lsit')).toContain('`ratchet things --help` lists its commands')
  expect(await hintAt('thinsg')).toContain('`ratchet --help` lists the commands')
})
