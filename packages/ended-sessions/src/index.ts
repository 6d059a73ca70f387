export { createEndedSessions, type EndedSessions, type SessionState } from './ended-sessions.js'
