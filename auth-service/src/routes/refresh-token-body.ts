import { readJson, text } from './json-body.js'

/** A body that holds a refresh token, of 43 characters, and nothing that would be work. */
export const readRefreshTokenBody = readJson(1024)

export const refreshToken = text('refreshToken')
