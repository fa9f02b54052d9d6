import { expect, test } from '@jest/globals'
import { verifyInOrder } from './verify-in-order.ts'

async function* counting(count: number, onRead: (row: number) => void = () => {}) {
  for (let row = 0; row < count; row += 1) {
    onRead(row)
    yield row
  }
}

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const list: Value[] = []
  for await (const value of values) list.push(value)
  return list
}

test('results come in the order of the rows, whatever order they are ready in', async () => {
  const turns = (count: number): Promise<void> =>
    count === 0 ? Promise.resolve() : new Promise<void>((resolve) => setImmediate(resolve)).then(() => turns(count - 1))
  const results = verifyInOrder(counting(50), (row) => turns((row * 7) % 5).then(() => row), { rows: 8 })
  expect(await all(results)).toEqual(Array.from({ length: 50 }, (_, row) => row))
})

test('no more rows and no more weight are in flight than the window has room for, but always one row', async () => {
  let [flying, most, mostWeight, weight] = [0, 0, 0, 0]
  const verify = async (row: number): Promise<number> => {
    flying += 1
    weight += row
    most = Math.max(most, flying)
    mostWeight = Math.max(mostWeight, flying === 1 ? 0 : weight)
    await new Promise(setImmediate)
    flying -= 1
    weight -= row
    return row
  }
  await all(verifyInOrder(counting(40), verify, { rows: 4 }))
  expect(most).toBe(4)
  most = 0
  mostWeight = 0
  await all(verifyInOrder(counting(40), verify, { rows: 100, weight: { limit: 30, of: (row) => row } }))
  expect(mostWeight).toBeLessThan(30 + 40)
  expect(most).toBeLessThan(20)
})

test('a result is given out while the stream waits for its next row', async () => {
  async function* stalling() {
    yield 1
    await new Promise(() => {})
  }
  const results = verifyInOrder(stalling(), async (row) => row, { rows: 4 })
  expect(await results.next()).toEqual({ done: false, value: 1 })
})

test('whoever stops reading stops the stream', async () => {
  let read = 0
  const results = verifyInOrder(
    counting(1000, () => {
      read += 1
    }),
    async (row) => row,
    { rows: 4 },
  )
  for await (const row of results) if (row === 10) break
  expect(read).toBeLessThan(20)
})

test('an error of the stream or of a verification ends it with that error', async () => {
  async function* breaking() {
    yield 1
    throw new Error('the file is gone')
  }
  await expect(all(verifyInOrder(breaking(), async (row) => row, { rows: 4 }))).rejects.toThrow('the file is gone')
  const failing = async (row: number): Promise<number> => {
    if (row === 3) throw new Error('no verdict')
    return row
  }
  await expect(all(verifyInOrder(counting(10), failing, { rows: 4 }))).rejects.toThrow('no verdict')
})
