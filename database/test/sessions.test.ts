import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { addSession, addUser, connectAs } from './connect.js'

describe('a user who still has a session cannot be deleted: its access tokens may be good', () => {
  it.each([
    ['live', 'select $1::uuid'],
    ['ended', "update sessions set ended_at = now(), end_reason = 'logout' where id = $1"],
  ])('a session that is %s', async (_what, become) => {
    const owner = await connectAs('owner')
    const userId = await addUser({ username: `user-${randomUUID()}` })
    const sessionId = await addSession(userId)
    await owner.query(become, [sessionId])
    const remove = () => owner.query('delete from users where id = $1', [userId])
    await expect(remove()).rejects.toMatchObject({ constraint: 'sessions_user_id_fkey' })
    await owner.query('delete from sessions where id = $1', [sessionId])
    expect((await remove()).rowCount).toBe(1)
  })
})
