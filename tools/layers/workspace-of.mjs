/**
 * Where a file of the repository stands: its workspace's directory and name, and whether it is test code, which is every
 * `*.test.ts` and everything in a folder `testing`.
 */
export function workspaceOf(path) {
  const [kind, name, ...inside] = path.split('/')
  const testing = inside.includes('testing') || /\.test\.tsx?$/.test(path)
  return { directory: `${kind}/${name}`, name, isApp: kind === 'apps', inside: inside.slice(1).join('/'), testing }
}
