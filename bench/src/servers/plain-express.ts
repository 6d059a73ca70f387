import { createSecretKey } from 'node:crypto'
import { tokenAudience, tokenIssuer } from '@auth-stack/access-token'
import express from 'express'
import jwt from 'jsonwebtoken'
import { listen } from './listen.js'

// The validate endpoint as one would write it: Express, and jsonwebtoken in the handler.
// usage: JWT_SECRET=… node plain-express.js string|key-object

const text = process.env.JWT_SECRET ?? ''
const secret = process.argv[2] === 'string' ? text : createSecretKey(Buffer.from(text))

const app = express()
app.get('/validate', (req, res) => {
  const token = req.headers.authorization?.split(' ')[1]
  try {
    jwt.verify(token ?? '', secret, { algorithms: ['HS256'], issuer: tokenIssuer, audience: tokenAudience })
    res.status(200).end()
  } catch {
    res.status(401).end()
  }
})
listen(app)
