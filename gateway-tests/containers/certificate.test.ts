import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { connect } from 'node:tls'
import { promisify } from 'node:util'
import { waitUntil } from 'local-stack'
import { expect, it } from 'vitest'
import { profilePath } from '../checks/gateway.js'
import { send } from '../client/send.js'

// Against the compose project that COMPOSE_PROJECT_NAME names, already up with TLS at GATEWAY_TLS_PORT, its certificate in TLS_FOLDER.
const { GATEWAY_TLS_PORT: port, TLS_CA = '' } = process.env
const run = (script: string, ...args: string[]) => promisify(execFile)(`scripts/${script}`, args)

it('takes up a new certificate, and loses no request, on connections that are kept either', async () => {
  const ca = readFileSync(TLS_CA, 'utf8')
  const serial = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: Number(port), servername: 'gateway.test', ca }, () => {
        resolve(socket.getPeerCertificate().serialNumber)
        socket.destroy()
      }).once('error', reject)
    })
  const before = await serial()

  const agents = [
    undefined,
    undefined,
    ...Array.from({ length: 4 }, () => new Agent({ keepAlive: true, maxSockets: 1 })),
  ]
  const outcomes: string[] = []
  let isOver = false
  const load = agents.map(async (agent) => {
    while (!isOver) {
      const sent = send(`https://localhost:${port}`, profilePath, { ca, ...(agent && { agent }) })
      outcomes.push(`${agent ? 'kept' : 'new'}: ${await sent.then(({ status }) => status, String)}`)
    }
  })
  await waitUntil('there is load', async () => outcomes.length > 100)
  await run('make-dev-cert.sh', 'gateway.test')
  await run('reload-certificate.sh')
  await waitUntil('the new certificate is served', async () => (await serial()) !== before, { timeoutMs: 10_000 })
  const after = outcomes.length
  await waitUntil('the load goes on', async () => outcomes.length > after + 100)
  isOver = true
  await Promise.all(load)
  for (const agent of agents) agent?.destroy()

  // Nobody has a token here: a 401 is an answer of auth-service.
  expect(outcomes.filter((outcome) => !outcome.endsWith(': 401'))).toEqual([])
  process.stdout.write(`a new certificate under load: ${outcomes.length} requests, none lost\n`)
})
