import { join, resolve } from 'node:path'
import { type Cluster, readCluster } from './database-cluster.ts'
import { readPostmaster } from './postmaster.ts'

/** The address of the server that runs on a directory, its password in it; null when none runs. */
export function runningPostgresUrl(directory: string, database: string): string | null {
  const cluster = readCluster(join(resolve(directory), 'cluster'))
  if (cluster === null) return null
  const server = readPostmaster(join(cluster.data, 'postmaster.pid'))
  return server.state === 'alive' && server.port !== null ? postgresUrl(cluster, server.port, database) : null
}

export function postgresUrl(cluster: Cluster, port: number, database: string): string {
  return `postgresql://postgres:${cluster.password}@127.0.0.1:${port}/${encodeURIComponent(database)}`
}
