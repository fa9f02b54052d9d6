#!/usr/bin/env node
// Stand-in for Prisma's native `schema-engine`, which is a download, built only from npm packages.
// Prisma's CLI starts $PRISMA_SCHEMA_ENGINE_BINARY and speaks JSON-RPC over stdio with it; this script
// answers with the WebAssembly build of the same engine (@prisma/schema-engine-wasm) over `pg`.
// Keep @prisma/schema-engine-wasm at the exact version named in prisma's own package.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'

if (process.argv.includes('--version')) {
  console.log('schema-engine-wasm')
  process.exit(0)
}

const { values: opt, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { datamodels: { type: 'string', multiple: true }, datasource: { type: 'string' } },
})
const datasource = opt.datasource ? JSON.parse(opt.datasource) : {}

function log(level, message, error_code) {
  const fields = { message, ...(error_code ? { error_code, is_panic: false } : {}) }
  process.stderr.write(
    `${JSON.stringify({ timestamp: new Date().toISOString(), level, fields, target: 'schema_engine::logger' })}\n`,
  )
}

// ---- connections

const PRISMA_ONLY = [
  'schema',
  'connection_limit',
  'pool_timeout',
  'connect_timeout',
  'socket_timeout',
  'pgbouncer',
  'statement_cache_size',
]

/** The URL as `pg` takes it, on another database if one is named. */
function target(url, database) {
  const u = new URL(url)
  const schema = u.searchParams.get('schema') ?? undefined
  for (const name of PRISMA_ONLY) u.searchParams.delete(name)
  if (database) u.pathname = `/${encodeURIComponent(database)}`
  return { connectionString: u.toString(), schema, database: decodeURIComponent(u.pathname.slice(1)) || 'postgres' }
}

const quote = (name) => `"${name.replaceAll('"', '""')}"`

async function once(connectionString, sql) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

async function createDatabase() {
  const t = target(datasource.url)
  await once(target(datasource.url, 'postgres').connectionString, `CREATE DATABASE ${quote(t.database)}`)
  if (t.schema && t.schema !== 'public')
    await once(t.connectionString, `CREATE SCHEMA IF NOT EXISTS ${quote(t.schema)}`)
  return t.database
}

// ---- schema-engine --datasource {…} cli can-connect-to-database | create-database

if (positionals[0] === 'cli') {
  log('INFO', 'schema engine') // the caller skips the first line
  const t = target(datasource.url)
  try {
    if (positionals[1] === 'can-connect-to-database') await once(t.connectionString, 'SELECT 1')
    else if (positionals[1] === 'create-database') await createDatabase()
    else throw new Error(`unknown command ${positionals[1]}`)
    process.exit(0)
  } catch (e) {
    if (e.code === '3D000') log('ERROR', `Database \`${t.database}\` does not exist`, 'P1003')
    else if (e.code === '28P01' || e.code === '28000')
      log('ERROR', 'Authentication failed against the database server', 'P1000')
    else log('ERROR', `Can't reach the database server: ${e.message || e.code}`, 'P1001')
    process.exit(1)
  }
}

// ---- the driver adapter

// Catalog types that PrismaPg does not know: "char", "char"[], name[] -> [a type it does know, the type we report].
const CATALOG = new Map([
  [18, [25, ColumnTypeEnum.Character]],
  [1002, [1009, ColumnTypeEnum.CharacterArray]],
  [1003, [1009, ColumnTypeEnum.TextArray]],
])

function adapt(adapter) {
  const { queryRaw, performIO } = adapter
  adapter.queryRaw = async (query) => {
    let known = []
    const spy = Object.create(adapter, {
      performIO: {
        value: async (q) => {
          const io = await performIO.call(adapter, q)
          known = io.fields.map((f) => CATALOG.get(f.dataTypeID))
          for (const [i, field] of io.fields.entries()) field.dataTypeID = known[i]?.[0] ?? field.dataTypeID
          return io
        },
      },
    })
    const r = await queryRaw.call(spy, query)
    return { ...r, columnTypes: r.columnTypes.map((t, i) => known[i]?.[1] ?? t) }
  }
  // PrismaPg cuts scripts at every ';', which breaks function bodies; the server takes a whole script, in one transaction.
  adapter.executeScript = async (sql) => {
    try {
      await adapter.underlyingDriver().query(sql)
    } catch (e) {
      adapter.onError(e)
    }
  }
  return adapter
}

class Factory extends PrismaPg {
  open = new Set()
  constructor(url) {
    super({ connectionString: target(url).connectionString, max: 4 }, { schema: target(url).schema })
    this.url = url
  }
  async connect() {
    return this.#own(adapt(await super.connect()))
  }
  async connectToShadowDb() {
    const given = datasource.shadowDatabaseUrl
    const name = `prisma_migrate_shadow_db_${crypto.randomUUID()}`
    const main = target(this.url).connectionString
    if (!given) await once(main, `CREATE DATABASE ${quote(name)}`)
    const connectionString = given ? target(given).connectionString : target(this.url, name).connectionString
    const shadow = adapt(await new PrismaPg({ connectionString, max: 4 }).connect())
    if (given) await shadow.executeScript('DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;')
    return this.#own(shadow, async () => {
      if (!given) await once(main, `DROP DATABASE IF EXISTS ${quote(name)} WITH (FORCE)`)
    })
  }
  #own(adapter, after = async () => {}) {
    const dispose = adapter.dispose.bind(adapter)
    adapter.dispose = async () => {
      if (!this.open.delete(adapter)) return
      await dispose()
      await after()
    }
    this.open.add(adapter)
    return adapter
  }
  async close() {
    for (const adapter of this.open) await adapter.dispose()
  }
}

// ---- the engine

let panic = ''
globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (m) => (panic = m), get: () => panic }
process.on('uncaughtException', (e) => {
  log('ERROR', panic || e.stack)
  process.exit(101)
})
const file = fileURLToPath(
  new URL('schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg')),
)
const { instance } = await WebAssembly.instantiate(readFileSync(file), { './schema_engine_bg.js': glue })
glue.__wbg_set_wasm(instance.exports)
instance.exports.__wbindgen_start()

const datamodels = (opt.datamodels ?? []).map((f) => [f, readFileSync(f, 'utf8')])
if (!datamodels.length) datamodels.push(['schema.prisma', 'datasource db {\n  provider = "postgresql"\n}\n']) // it must have one

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const debug = (line) => process.env.DEBUG && process.stderr.write(`${line}\n`)

async function call(id, method, params) {
  if (method === 'createDatabase') return { databaseName: await createDatabase() }
  const factory = new Factory(datasource.url)
  try {
    const engine = await glue.SchemaEngine.new({ datamodels }, debug, bindMigrationAwareSqlAdapterFactory(factory))
    try {
      if (method === 'getDatabaseVersion') return await engine.version()
      // These two read the schema that the migrations make from a cache that only devDiagnostic fills (with its shadow database).
      if (method === 'evaluateDataLoss' || method === 'createMigration')
        await engine.devDiagnostic({ migrationsList: params.migrationsList, filters: params.filters })
      const result = (await engine[method](params)) ?? {}
      if (method === 'diff' && result.stdout != null)
        send({ id: -id, method: 'print', params: { content: result.stdout.replace(/\n$/, '') } })
      return result
    } finally {
      engine.free()
    }
  } finally {
    await factory.close()
  }
}

let queue = Promise.resolve()
const input = createInterface({ input: process.stdin })
input.on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (!method) return // the answer to one of our `print` calls
  queue = queue.then(async () => {
    try {
      send({ id, result: await call(id, method, params) })
    } catch (e) {
      const is_panic = e instanceof WebAssembly.RuntimeError
      const message = (is_panic && panic) || e?.message || String(e)
      send({
        id,
        error: {
          code: 4466,
          message: 'see data',
          data: { is_panic, message, error_code: e?.code, meta: e?.meta ?? null },
        },
      })
    }
  })
})
input.on('close', () => queue.finally(() => process.exit(0)))
