import { expect, test } from '@jest/globals'
import { commandEnvironment } from './command-runner.ts'

test('commands of a scheduler get where things are, and no secret of ours', () => {
  const env = {
    PATH: '/usr/bin',
    HOME: '/home/me',
    SLURM_CONF: '/etc/slurm.conf',
    SSH_AUTH_SOCK: '/run/agent',
    KRB5CCNAME: 'FILE:/tmp/krb5cc',
    DATABASE_URL: 'postgresql://me:secret@db/ratchet',
    AWS_SECRET_ACCESS_KEY: 'secret',
    HF_TOKEN: 'secret',
    EMPTY: undefined,
  }
  const { DATABASE_URL: _database, AWS_SECRET_ACCESS_KEY: _aws, HF_TOKEN: _hub, EMPTY: _empty, ...kept } = env
  expect(commandEnvironment(env)).toEqual(kept)
})
