import { expect, inject, test } from 'vitest'
import { ambiguities, smuggle } from './checks/smuggling.js'

const { url } = inject('gateway')

test.each(ambiguities.filter(({ tolerated }) => !tolerated))(
  'request smuggling by $what is refused',
  async (ambiguity) => {
    for (const path of ['/login', '/api/v1/user/profile', '/nothing']) {
      const statuses = await smuggle(url, path, ambiguity)
      // One answer, and then the connection is closed: what follows is nobody's request. Where there is nothing, its body is not read.
      expect(statuses, path).toHaveLength(1)
      expect(path === '/nothing' ? [400, 404, 501] : [400, 401, 501], path).toContain(statuses[0])
    }
  },
)
