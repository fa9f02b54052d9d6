import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startKubernetes } from '../services/kubernetes.mjs'
import { startRay } from '../services/ray.mjs'
import { startRedis } from '../services/redis.mjs'
import { startS3 } from '../services/s3.mjs'
import { startSlurm } from '../services/slurm.mjs'
import { addTallies, brokenTally } from './tally.mjs'
import { createTemporaryDirectory } from './temporary-directory.mjs'

/** The real servers that tests get by environment variables. Tests start PostgreSQL themselves. */
const services = [
  { name: 'Redis', start: startRedis, variables: ({ url }) => ({ REDIS_URL_TEST: url }) },
  {
    name: 'S3',
    start: startS3,
    variables: ({ endpoint, region, accessKeyId, secretAccessKey, bucket }) => ({
      S3_ENDPOINT_TEST: endpoint,
      S3_REGION_TEST: region,
      S3_ACCESS_KEY_ID_TEST: accessKeyId,
      S3_SECRET_ACCESS_KEY_TEST: secretAccessKey,
      S3_BUCKET_TEST: bucket,
    }),
  },
  { name: 'Slurm', start: startSlurm, for: 'cluster', variables: ({ conf }) => ({ SLURM_CONF_TEST: conf }) },
  {
    name: 'Ray',
    start: startRay,
    for: 'cluster',
    variables: ({ address, token }) => ({ RAY_TEST: address, RAY_TEST_TOKEN: token ?? '' }),
  },
  {
    name: 'Kubernetes',
    start: startKubernetes,
    for: 'cluster',
    variables: ({ kubeconfig }) => ({ KUBERNETES_TEST: kubeconfig }),
  },
]

/**
 * Starts the servers, or takes those that the same variables name already. `env` is for the tests. A server that this machine
 * cannot have is noted in `notes`, and its tests are skipped; one that breaks is a failure in `tally`. `onStart` gets what
 * stops a server before that starts. `only`: what the tests to run are named by; where it is given, clusters are started for tests
 * with a name of theirs alone.
 */
export async function startServices({ say, onStart, only = [] }) {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const home = createTemporaryDirectory('services')
  const broken = []
  const notes = []
  const env = {}
  const wanted = services.filter(
    (each) => each.for === undefined || only.length === 0 || only.some((pattern) => pattern.includes(each.for)),
  )
  for (const { name, start, variables } of wanted) {
    const directory = join(home, name.toLowerCase())
    mkdirSync(directory)
    const starting = start({ directory, log: (line) => say(`${name}: ${line}`) })
    onStart(async () => (await starting.catch(() => ({}))).close?.())
    try {
      const server = await starting
      if (server.skipped === undefined) Object.assign(env, variables(server))
      else notes.push(`no ${name}: ${server.skipped}`)
    } catch (error) {
      broken.push(brokenTally(`${name} did not start: ${error.message}`))
    }
  }
  return { env, notes, tally: addTallies(broken) }
}
