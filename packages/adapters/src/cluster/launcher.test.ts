import { describe, expect, test } from '@jest/globals'
import type { LauncherVerb } from '@ratchet/domain/recipe/launcher-command.ts'
import { checkLauncherCommand, fillLauncherCommand } from './launcher-command.ts'
import { parseLauncherSight } from './launcher-sight.ts'

describe('what a look prints', () => {
  test.each([
    ['{"state":"absent"}', { state: 'absent' }],
    [
      'a warning\n{"state":"waiting","reason":"busy"}\n',
      { state: 'waiting', reason: 'busy', queuePosition: null, hopeless: false },
    ],
    ['{"state":"running"}', { state: 'running', since: null }],
    [
      '{"state":"running","since":"2026-01-01T02:00:00+01:00"}',
      { state: 'running', since: new Date('2026-01-01T01:00:00Z') },
    ],
    ['{"state":"ended","cause":"preempted"}', { state: 'ended', cause: 'preempted', detail: '' }],
  ])('%j is understood', (output, sight) => {
    expect(parseLauncherSight(output)).toEqual(sight)
  })

  test.each([
    ['', /printed ""/],
    ['RUNNING', /printed "RUNNING", .*print one line of JSON/],
    ['{"state":"ended","cause":"tired"}', /at cause/],
    ['{"state":"running","since":"yesterday"}', /at since/],
  ])('%j is refused', (output, message) => {
    expect(() => parseLauncherSight(output)).toThrow(message)
  })
})

describe("a launcher's command", () => {
  const refused: [LauncherVerb, string[], RegExp][] = [
    ['look', [], /names no program/],
    ['look', ['show'], /neither \{name\} nor \{directory\}/],
    ['look', ['show', '{name}', '{command}'], /has \{command\}, and can have \{name\}, \{directory\}: remove/],
    ['stop', ['end', '{nmae}'], /has \{nmae\}, which is no placeholder: did you mean \{name\}/],
    ['submit', ['run', '{name}'], /has no \{command\}/],
  ]
  test.each(refused)('for %s, %j is refused', (verb, command, message) => {
    expect(() => checkLauncherCommand(verb, command)).toThrow(message)
  })

  test('other words in braces are left alone', () => {
    const command = ['sh', '-c', "show $1 | awk '{print}'", 'sh', '{name}']
    checkLauncherCommand('look', command)
    expect(fillLauncherCommand(command, { name: 'run-1' })[2]).toBe("show $1 | awk '{print}'")
  })

  test('a value that looks like a placeholder is not replaced again', () => {
    expect(fillLauncherCommand(['run', '--{name}', '{command}'], { name: '{command}', command: '$& {name}' })).toEqual([
      'run',
      '--{command}',
      '$& {name}',
    ])
  })
})
