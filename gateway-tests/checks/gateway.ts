/** A gateway, and the file in which the API behind it logs a JSON line a request. */
export type Gateway = { url: string; apiLogFile: string }

/** Behind the gate; each user reads his own. */
export const profilePath = '/api/v1/user/profile'
