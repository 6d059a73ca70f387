export { freePorts } from './ports.js'
export { projectFolder, type Stack, type StackOptions, startStack } from './stack.js'
export { StackError } from './stack-error.js'
export { waitUntil } from './wait-until.js'
