import { describeDatasetWriter } from './dataset-writer-contract.ts'
import { createMemoryDatasetWriter } from './memory-dataset-writer.ts'
import { createMemoryObjectStore } from './memory-object-store.ts'

describeDatasetWriter('memory', async () => {
  const objects = createMemoryObjectStore()
  const writer = () => createMemoryDatasetWriter(objects)
  return { objects, writers: [writer(), writer()], async close() {} }
})
