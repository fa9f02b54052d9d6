import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { workspaceOf } from './workspace-of.mjs'

/**
 * What each workspace may import. `ours`: workspaces of this repository. `packages`: of npm, null for any that is no vendor's
 * SDK. `node`: Node's own modules.
 */
const layers = {
  domain: { ours: [], packages: ['zod'], node: false },
  'answer-equivalence': { ours: [], packages: [], node: false },
  ports: { ours: ['domain'], packages: ['zod'], node: false },
  stages: { ours: ['domain', 'ports'], packages: ['zod'], node: false },
  adapters: { ours: ['domain', 'ports', 'answer-equivalence'], packages: null, node: true },
  api: { ours: ['domain', 'ports', 'stages'], packages: null, node: true },
  worker: { ours: ['domain', 'ports', 'stages'], packages: null, node: true },
  installation: { ours: ['domain', 'ports', 'stages', 'adapters'], packages: null, node: true },
  cli: { ours: ['domain', 'ports', 'stages', 'adapters'], packages: null, node: true },
  web: { ours: ['domain'], packages: null, node: false },
}

/** Which files of another app an app may import: those at the top are its doors, and the API's schemas are for its callers. */
const top = /^[^/]+$/
const schemas = /^schemas\/.+$/
const doors = {
  api: { installation: [top] },
  worker: { installation: [top] },
  cli: { installation: [top], api: [top, schemas], worker: [top] },
  web: { api: [schemas] },
}

/** The one file in which API and worker know which adapters the installation chose; the rest of them takes ports. */
const composing = 'main.ts'

/** What test code may import besides, in every layer. */
const testPackages = ['@jest/globals', 'yaml']

const vendors = /^(?:pg|bullmq|ioredis|undici|openai|prisma|@prisma\/.+|@aws-sdk\/.+|@smithy\/.+|@duckdb\/.+)$/

/** Why `path` may not import `specifier`, as `{ what, remedy }`; null when it may. `installed`: the names in package.json. */
export function judgeImport(path, specifier, installed) {
  const from = workspaceOf(path)
  const layer = layers[from.name]
  const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier
  const remedy =
    (layer === undefined && 'this package has no layer yet: say in tools/layers/import-rules.mjs what it may import') ||
    (!from.testing &&
      /(?:\/testing\/|\.test\.tsx?$|^@jest\/globals$)/.test(target) &&
      'that is for tests: only they and the folders testing/ import it') ||
    remedyFor(from, layer, target, installed, specifier)
  return remedy ? { what: `imports ${specifier}`, remedy } : null
}

function remedyFor(from, layer, target, installed, specifier) {
  if (specifier.startsWith('.'))
    return target.startsWith(`${from.directory}/`)
      ? null
      : `a relative import stays in ${from.directory}: write @ratchet/<package>/<path>.ts`
  if (specifier.startsWith('@ratchet/')) return remedyForOurs(from, layer, specifier)
  if (specifier.startsWith('node:') || builtinModules.includes(specifier))
    return layer.node || from.testing ? null : `${from.name} knows no Node: take what it needs as an argument or a port`
  return remedyForPackage(from, layer, specifier, installed)
}

function remedyForOurs(from, layer, specifier) {
  const [, name, ...path] = specifier.split('/')
  if (layers[name] === undefined) return 'there is no such package here'
  if (name === from.name) return 'a package imports its own files by relative paths'
  const opened = doors[from.name]?.[name]
  if (opened !== undefined && !opened.some((door) => door.test(path.join('/'))))
    return `that is inside ${name}: import a file at its top`
  const composes = (from.name !== 'api' && from.name !== 'worker') || from.testing || from.inside === composing
  if (opened !== undefined) return composes ? null : `only ${composing} knows the installation: take the port`
  if (layer.ours.includes(name) || (from.isApp && from.testing && name === 'adapters')) return null
  return `${from.name} imports ${layer.ours.length === 0 ? 'nothing of ours' : `only ${layer.ours.join(', ')}`}`
}

function remedyForPackage(from, layer, specifier, installed) {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  if (!installed.has(name)) return 'package.json does not name it: add it there with its exact version'
  if (from.testing && (from.isApp || testPackages.includes(name))) return null
  if (vendors.test(name) && from.name !== 'adapters') return "vendors' SDKs appear only in adapters: take the port"
  if (layer.packages === null || layer.packages.includes(name)) return null
  return `${from.name} imports ${layer.packages.length === 0 ? 'nothing' : `only ${layer.packages.join(', ')}`} of npm`
}
