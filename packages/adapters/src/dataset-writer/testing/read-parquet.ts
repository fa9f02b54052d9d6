import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'

/** The answer of a database in memory, with DuckDB's own settings. */
export async function query(sql: string) {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    return await connection.runAndReadAll(sql)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** The rows with whole numbers as JavaScript has them, and the columns' types as DuckDB writes them. */
export async function readParquet(place: string, path: string) {
  const result = await query(`FROM read_parquet('${pattern(join(place, path))}')`)
  const names = result.columnNames()
  const types = result.columnTypes().map((type) => String(type))
  const rows = result
    .getRowObjectsJson()
    .map((row) =>
      Object.fromEntries(
        names.map((name, at) => [name, types[at] === 'BIGINT' && row[name] !== null ? Number(row[name]) : row[name]]),
      ),
    )
  return { rows, columns: Object.fromEntries(names.map((name, at) => [name, types[at]])) }
}

/** For use between the quotation marks of SQL. */
export function quoted(text: string): string {
  return text.replaceAll("'", "''")
}

/** A path as a quoted pattern that matches it alone. */
export function pattern(path: string): string {
  return quoted(path.replaceAll(/[[*?]/g, '[$&]'))
}
