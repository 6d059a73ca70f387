import { request } from 'node:http'
import { join } from 'node:path'

/** What one process made others wait for since it was last asked, in ms. */
export type Queues = {
  loopP99Ms: number
  loopMaxMs: number
  /** How long each no-op took in libuv's thread pool; of those still waiting, how long until now. */
  poolMs: number[]
}

export const probeSocket = (folder: string, pid: number) => join(folder, `${pid}.sock`)

/** The environment that puts the probe into a server. */
export const probeEnv = (probeFile: string, folder: string) => ({
  NODE_OPTIONS: `--import=file://${probeFile}`,
  BENCH_PROBE_FOLDER: folder,
})

/** Asks the probe inside a server, and makes it begin anew. */
export function readQueues(folder: string, pid: number): Promise<Queues> {
  return new Promise((resolve, reject) => {
    request({ socketPath: probeSocket(folder, pid), path: '/' }, (answer) => {
      let text = ''
      answer.on('data', (chunk) => {
        text += chunk
      })
      answer.once('end', () => resolve(JSON.parse(text)))
    })
      .once('error', reject)
      .end()
  })
}
