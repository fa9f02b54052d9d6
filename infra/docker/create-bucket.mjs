// Makes the bucket that S3_BUCKET names, on the server that S3_ENDPOINT names. One that is there already is fine.
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'

const { S3_BUCKET: bucket, S3_ENDPOINT: endpoint, AWS_REGION: region = 'us-east-1' } = process.env
if (!bucket || !endpoint) {
  console.error('S3_BUCKET and S3_ENDPOINT name the bucket to make and the server to make it on')
  process.exit(2)
}

const client = new S3Client({ endpoint, region, forcePathStyle: true })
try {
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  console.error(`made the bucket ${bucket}`)
} catch (error) {
  if (error.name !== 'BucketAlreadyOwnedByYou') {
    console.error(`the bucket ${bucket} cannot be made at ${endpoint}: ${error.name}: ${error.message}`)
    process.exit(1)
  }
  console.error(`the bucket ${bucket} is there`)
}
