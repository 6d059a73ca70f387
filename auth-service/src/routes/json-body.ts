import { invalidRequest, unsupportedMediaType } from '@auth-stack/service-kit'
import express, { type RequestHandler } from 'express'
import { z } from 'zod'

/** A member that is a string, not empty, and without a NUL, which no text of Postgres can hold. */
export const text = (name: string) =>
  z
    .string({ error: (issue) => `${name} ${issue.input === undefined ? 'is missing' : 'must be a string'}` })
    .min(1, `${name} is empty`)
    .refine((value) => !value.includes('\0'), `${name} contains a NUL`)

/** A JSON object with these members; others are ignored. */
export const jsonObject = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.object(shape, { error: 'The body is not a JSON object' })

/** Reads a body that is JSON and not too long; what there is none of stays undefined. */
export const readJson = (maxBytes: number): RequestHandler[] => [
  requireJson,
  express.json({ limit: maxBytes, inflate: false }),
]

const requireJson: RequestHandler = (req, _res, next) => {
  // `is` answers null for a request without a body, which is then refused for what it lacks.
  if (req.get('Content-Length') !== '0' && req.is('application/json') === false) throw unsupportedMediaType()
  next()
}

/** The body as the schema has it. Throws `invalidRequest`. */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw invalidRequest(parsed.error.issues.map((issue) => issue.message).join('; '))
  return parsed.data
}
