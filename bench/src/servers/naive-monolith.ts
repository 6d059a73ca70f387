import bcrypt from 'bcryptjs'
import express, { type RequestHandler } from 'express'
import jwt from 'jsonwebtoken'
import pg from 'pg'
import { listen } from './listen.js'

// Login and API in one process, as in most tutorials: Express, bcryptjs, the secret as a string.
// usage: JWT_SECRET=… DATABASE_URL=… node naive-monolith.js

const secret = process.env.JWT_SECRET ?? ''
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
const app = express()
app.use(express.json())

app.post('/login', async (req, res) => {
  const { rows } = await pool.query('select id, password_hash from users where username = $1', [req.body.username])
  const user = rows[0]
  if (!user || !(await bcrypt.compare(req.body.password, user.password_hash))) {
    res.status(401).json({ message: 'Invalid credentials' })
    return
  }
  res.json({ token: jwt.sign({ sub: user.id }, secret, { expiresIn: '15m' }) })
})

const authenticate: RequestHandler = (req, res, next) => {
  const token = req.headers.authorization?.split(' ')[1]
  try {
    res.locals.user = jwt.verify(token ?? '', secret)
    next()
  } catch {
    res.status(401).json({ message: 'Invalid token' })
  }
}

app.get('/validate', authenticate, (_req, res) => void res.end())

app.get('/api/v1/user/profile', authenticate, async (_req, res) => {
  const { rows } = await pool.query('select id, username, role, last_login_at from users where id = $1', [
    res.locals.user.sub,
  ])
  res.json({ data: rows[0] })
})
listen(app)
