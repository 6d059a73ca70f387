import bcrypt from 'bcrypt'

type Comparison = { password: string; hash: string }

/** Waits on libuv's pool, which the worker shares with the whole process. */
export const compareAsync = ({ password, hash }: Comparison): Promise<boolean> => bcrypt.compare(password, hash)

/** Uses the worker's own thread and nothing else. */
export const compareSync = ({ password, hash }: Comparison): boolean => bcrypt.compareSync(password, hash)
