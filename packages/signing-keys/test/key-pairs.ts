import { generateKeyPairSync, type KeyObject } from 'node:crypto'

export const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

export const publicPem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()
export const privatePem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString()
