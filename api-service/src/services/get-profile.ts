import { Problem } from '@auth-stack/service-kit'
import type { Profile, ProfileRepository } from '../data/profile-repository.js'

/** The token is right, and whom it names is gone. */
const userGone = () => new Problem(404, 'user-not-found', 'The user this token names does not exist any more')

/** The use case of `GET /api/v1/user/profile`. Throws `userGone` or `databaseUnavailable`. */
export function createGetProfile(profiles: ProfileRepository) {
  return async function getProfile(userId: string): Promise<Profile> {
    const profile = await profiles.findById(userId)
    if (!profile) throw userGone()
    return profile
  }
}

export type GetProfile = ReturnType<typeof createGetProfile>
