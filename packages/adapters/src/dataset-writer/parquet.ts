import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { datasetLine } from '@ratchet/domain/dataset/describe-dataset.ts'
import type { DatasetKind } from '@ratchet/domain/dataset-version.ts'
import type { WritableDataset } from '@ratchet/ports/dataset-writer.ts'

type Row = WritableDataset['rows'][number]

const messages = 'STRUCT("role" VARCHAR, "content" VARCHAR)[]'

/** The columns of a Parquet file, in their order, with DuckDB's types. */
export const parquetColumns: Readonly<Record<DatasetKind, Readonly<Record<string, string>>>> = {
  sft: {
    id: 'VARCHAR',
    problemId: 'VARCHAR',
    roundIndex: 'BIGINT',
    index: 'BIGINT',
    prompt: messages,
    completion: messages,
    completionTokens: 'BIGINT',
    perplexity: 'DOUBLE',
    policyVersion: 'VARCHAR',
  },
  preference: {
    id: 'VARCHAR',
    problemId: 'VARCHAR',
    roundIndex: 'BIGINT',
    prompt: messages,
    chosen: messages,
    rejected: messages,
    chosenIndex: 'BIGINT',
    rejectedIndex: 'BIGINT',
    chosenPerplexity: 'DOUBLE',
    rejectedPerplexity: 'DOUBLE',
  },
}

/**
 * The rows as a Parquet file, compressed by zstd; the same rows give the same bytes. A lone surrogate, which Parquet's text has no
 * form for, becomes U+FFFD. `scratch` is a directory for files in between.
 */
export async function parquetOf(kind: DatasetKind, rows: readonly Row[], scratch: string): Promise<Uint8Array> {
  const [input, output] = [join(scratch, 'rows.jsonl'), join(scratch, 'rows.parquet')]
  const lines = rows.map((row) => Buffer.from(wellFormed(datasetLine(row)), 'utf8'))
  await writeFile(input, lines)
  const longest = lines.reduce((most, { length }) => Math.max(most, length), 2 ** 20)
  const columns = Object.entries(parquetColumns[kind]).map(([name, type]) => `${text(name)}: ${text(type)}`)
  await withDuckDb(scratch, (connection) =>
    connection.run(
      `COPY (FROM read_json(${text(globbed(input))}, format = 'newline_delimited', columns = {${columns.join(', ')}},
         maximum_object_size = ${2 * longest}))
       TO ${text(output)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 10240)`,
    ),
  )
  return await readFile(output)
}

/** Whether two Parquet files hold the same rows in the same order. */
export async function sameParquetRows(a: Uint8Array, b: Uint8Array, scratch: string): Promise<boolean> {
  const paths = [join(scratch, 'a.parquet'), join(scratch, 'b.parquet')] as const
  await Promise.all([writeFile(paths[0], a), writeFile(paths[1], b)])
  const [left, right] = paths.map((path) => `read_parquet(${text(globbed(path))})`)
  const rowsThatDiffer = `SELECT 1 FROM ${left} a POSITIONAL JOIN ${right} b WHERE a IS DISTINCT FROM b LIMIT 1`
  try {
    return await withDuckDb(
      scratch,
      async (connection) => (await connection.runAndReadAll(rowsThatDiffer)).currentRowCount === 0,
    )
  } catch {
    // What cannot be read or has other columns is not the same.
    return false
  }
}

/** A database in memory of one thread that reaches only the files of `scratch` and loads nothing. */
async function withDuckDb<Result>(
  scratch: string,
  work: (connection: DuckDBConnection) => Promise<Result>,
): Promise<Result> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  try {
    const connection = await instance.connect()
    try {
      await connection.run(
        `SET temp_directory = ${text(scratch)}; SET allowed_directories = [${text(scratch)}, ${text(globbed(scratch))}];
         SET enable_external_access = false; SET lock_configuration = true`,
      )
      return await work(connection)
    } finally {
      connection.closeSync()
    }
  } finally {
    instance.closeSync()
  }
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** A path as a pattern that matches it alone. */
function globbed(path: string): string {
  return path.replaceAll(/[[*?]/g, '[$&]')
}

/** JSON text with the escapes of lone surrogates replaced. */
function wellFormed(line: string): string {
  // JSON writes a surrogate as an escape only when it is alone. An even number of backslashes before it is text.
  return line.replaceAll(/(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, '$1\ufffd')
}
