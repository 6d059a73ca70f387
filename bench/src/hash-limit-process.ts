import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { type EngineName, engines } from 'auth-service/dist/crypto/engine.js'

// usage: node hash-limit-process.js ENGINE COST SECONDS      prints {"perSecond"}

if (isMainThread) {
  const [engineName, cost, seconds] = process.argv.slice(2)
  const start = () =>
    new Promise<number>((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), {
        workerData: { engineName, cost: Number(cost), seconds: Number(seconds) },
      })
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  const comparisonsMs = await Promise.all(Array.from({ length: availableParallelism() }, start))
  const perSecond = comparisonsMs.reduce((sum, ms) => sum + 1000 / ms, 0)
  process.stdout.write(JSON.stringify({ perSecond }))
} else {
  const { engineName, cost, seconds } = workerData as { engineName: EngineName; cost: number; seconds: number }
  const { engine } = await engines[engineName]()
  const hash = engine.hashPassword('password123', cost)
  let count = 0
  const startedAt = performance.now()
  while (performance.now() - startedAt < seconds * 1000) {
    engine.verifyPassword('password123', hash)
    count++
  }
  parentPort?.postMessage((performance.now() - startedAt) / count)
}
