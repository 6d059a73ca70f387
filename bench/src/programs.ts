import { join } from 'node:path'
import { projectFolder } from 'local-stack'

/** A compiled file of this package, to be run as a process of its own. */
export const program = (name: string) => join(projectFolder, 'bench/dist', name)

export const authServiceProgram = join(projectFolder, 'auth-service/dist/main.js')
