import { createSecretKey } from 'node:crypto'
import { tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import bcrypt from 'bcrypt'
import express from 'express'
import jwt from 'jsonwebtoken'
import pg from 'pg'
import { Piscina } from 'piscina'
import { program } from '../programs.js'
import { listen } from './listen.js'

// An auth-service that keeps the contract and differs in one thing only: where a password is compared.
// usage: JWT_SECRET=… DATABASE_URL=… HASH_WORKERS=… node lab.js MODE

const startPool = (concurrentTasksPerWorker: number) => {
  const threads = Number(process.env.HASH_WORKERS)
  return new Piscina({
    filename: program('servers/lab-worker.js'),
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker,
  })
}

type Compare = (password: string, hash: string) => Promise<boolean>

/** Every way there is. */
const modes: Record<string, () => Compare> = {
  'main-sync': () => async (password, hash) => bcrypt.compareSync(password, hash),
  'libuv-async': () => (password, hash) => bcrypt.compare(password, hash),
  'worker-async': () => {
    // A worker that awaits takes the next message at once, so nothing holds its tasks back.
    const pool = startPool(1000)
    return (password, hash) => pool.run({ password, hash }, { name: 'compareAsync' })
  },
  'worker-sync': () => {
    const pool = startPool(1)
    return (password, hash) => pool.run({ password, hash }, { name: 'compareSync' })
  },
}

const createCompare = modes[process.argv[2] ?? '']
if (!createCompare) throw new Error(`usage: lab.js ${Object.keys(modes).join('|')}`)
const compare = createCompare()
const key = createSecretKey(Buffer.from(process.env.JWT_SECRET ?? ''))
const contract = { issuer: tokenIssuer, audience: tokenAudience }
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })

const app = express()
app.post('/login', express.json(), async (req, res) => {
  const { username, password } = req.body
  const { rows } = await pool.query({
    name: 'find',
    text: 'select id, password_hash from users where username = $1',
    values: [username],
  })
  const user = rows[0]
  if (!user || !(await compare(password, user.password_hash))) {
    res.status(401).end()
    return
  }
  await pool.query({ name: 'record', text: 'update users set last_login_at = now() where id = $1', values: [user.id] })
  res.json({ token: jwt.sign({ sub: user.id }, key, { ...contract, algorithm: 'HS256', expiresIn: '15m' }) })
})

function validate(authorization: string | undefined): 200 | 401 {
  try {
    jwt.verify(authorization?.split(' ')[1] ?? '', key, { ...contract, algorithms: ['HS256'] })
    return 200
  } catch {
    return 401
  }
}

listen((req, res) => {
  if (req.url === '/validate') res.writeHead(validate(req.headers.authorization), { 'Content-Length': 0 }).end()
  else app(req, res)
})
