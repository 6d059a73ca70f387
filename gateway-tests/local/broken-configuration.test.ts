import { type Edit, type GatewaySettings, upstreamAt } from 'local-stack'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { hasHeadersOnEveryAnswer } from '../checks/answer-headers.js'
import { keepsBodiesApart } from '../checks/body-of-another.js'
import type { Gateway } from '../checks/gateway.js'
import { dropsIdentityHeaders } from '../checks/identity-headers.js'
import {
  countsNetworksOfIpv6,
  fewAttempts,
  fewConnections,
  isNotDodged,
  limitsConnections,
  limitsLogins,
} from '../checks/limits-by-address.js'
import { knowsNoExtension, knowsNoOtherCase, refusesWhoHasNoToken } from '../checks/nothing-passes.js'
import { remembersVerdictsByCredential } from '../checks/remembered-verdict.js'
import { type OwnStack, startOwnStack } from '../stack/own-stack.js'
import { type StandIn, startStandIn } from '../stack/stand-in.js'

type Breakage = {
  /** Of the table of pitfalls, or what it is about. */
  row: number | string
  what: string
  edits: Edit[]
  settings?: GatewaySettings
  check: (gateway: Gateway, api: StandIn) => Promise<void>
  /** What the check then says, which tells that it failed for this reason and no other. */
  complaint: RegExp
  /** Whether the check looks at what reaches a stand-in for the API. */
  withStandIn?: true
}

const catchAll = 'location / {\n  proxy_pass http://api;\n}'
const theApiSawIt = /requests the API saw/

const breakages: Breakage[] = [
  {
    row: 2,
    what: 'errors are intercepted, and a 401 leads to a page',
    edits: [
      {
        file: 'includes/problems.conf',
        find: 'proxy_intercept_errors off;',
        put: "proxy_intercept_errors on;\nerror_page 401 = @log-in;\nlocation @log-in {\n  return 200 'Please log in';\n}",
      },
    ],
    check: refusesWhoHasNoToken,
    complaint: theApiSawIt,
  },
  {
    row: 2,
    what: 'the question to auth-service is forgotten',
    edits: [{ file: 'includes/route-api.conf', find: 'auth_request /_auth_validation;', put: '' }],
    check: refusesWhoHasNoToken,
    complaint: theApiSawIt,
  },
  {
    row: 3,
    what: 'what nobody names goes to the API',
    edits: [{ file: 'includes/default-deny.conf', find: /location \/ \{[^}]*\}/, put: catchAll }],
    check: knowsNoOtherCase,
    complaint: theApiSawIt,
  },
  {
    row: 4,
    what: 'the protected location lacks its ^~, and there is one for scripts',
    edits: [
      { file: 'includes/route-api.conf', find: 'location ^~ /api/v1/', put: 'location /api/v1/' },
      {
        file: 'includes/default-deny.conf',
        find: /$/,
        put: 'location ~ \\.(js|css|png)$ {\n  expires 1d;\n  proxy_pass http://api;\n}\n',
      },
    ],
    check: knowsNoExtension,
    complaint: theApiSawIt,
  },
  {
    row: 7,
    what: "the client's headers are passed on",
    edits: [
      {
        file: 'includes/proxy.conf',
        find: 'proxy_pass_request_headers off;',
        put: 'proxy_pass_request_headers on;',
      },
    ],
    check: dropsIdentityHeaders,
    complaint: /identity headers that reached the API/,
    withStandIn: true,
  },
  {
    row: 7,
    what: 'one identity header is passed on',
    edits: [{ file: 'includes/proxy.conf', find: /$/, put: 'proxy_set_header X-User-Id $http_x_user_id;\n' }],
    check: dropsIdentityHeaders,
    complaint: /identity headers that reached the API/,
    withStandIn: true,
  },
  {
    row: 11,
    what: 'the subrequest has the length of a body that it has not',
    edits: [{ file: 'includes/route-api.conf', find: 'proxy_set_header Content-Length "";', put: '' }],
    check: keepsBodiesApart,
    // Whoever asks next over that connection.
    complaint: /round \d+: (the next user's request|a POST without a token: expected 503)/,
  },
  {
    row: 18,
    what: 'verdicts are remembered by path',
    edits: [
      {
        file: 'includes/verdict-cache.conf',
        find: 'proxy_cache_key "$verdict_second $http_authorization";',
        put: 'proxy_cache_key $request_uri;',
      },
    ],
    check: remembersVerdictsByCredential,
    complaint: theApiSawIt,
  },
  {
    row: 'limits',
    what: 'the path forgets its limit',
    edits: [{ file: 'includes/route-login.conf', find: 'include conf.d/limit-logins.conf;', put: '' }],
    settings: fewAttempts,
    check: limitsLogins,
    complaint: /one attempt too many/,
  },
  {
    row: 'limits',
    what: 'one limit for all addresses',
    edits: [{ file: 'conf.d/limits.conf', find: 'default $binary_remote_addr;', put: 'default all;' }],
    settings: fewAttempts,
    check: limitsLogins,
    complaint: /attempts within the limit/,
  },
  {
    row: 8,
    what: 'the limit counts by what the client says',
    edits: [
      {
        file: 'conf.d/limits.conf',
        find: 'limit_req_zone $limited_address zone=logins',
        put: 'limit_req_zone "$limited_address $http_x_forwarded_for" zone=logins',
      },
    ],
    settings: fewAttempts,
    check: isNotDodged,
    complaint: /refused in spite of X-Forwarded-For/,
  },
  {
    row: 8,
    what: 'everybody is a proxy that is trusted',
    edits: [
      {
        file: 'conf.d/limits.conf',
        find: /^/,
        put: 'set_real_ip_from 0.0.0.0/0;\nreal_ip_header X-Real-IP;\n',
      },
    ],
    settings: fewAttempts,
    check: isNotDodged,
    complaint: /refused in spite of X-Real-IP/,
  },
  {
    row: 'limits',
    what: 'an IPv6 address counts by itself',
    edits: [{ file: 'conf.d/limits.conf', find: /^.*<network>.*$/m, put: '' }],
    settings: { ...fewAttempts, GATEWAY_TRUSTED_PROXIES: '127.0.0.1' },
    check: countsNetworksOfIpv6,
    complaint: /refused as 2001:db8:0:1::b/,
  },
  {
    row: 'limits',
    what: 'IPv4 in IPv6 counts as one network',
    edits: [{ file: 'conf.d/limits.conf', find: /^.*<ipv4>.*$/m, put: '' }],
    settings: { ...fewAttempts, GATEWAY_TRUSTED_PROXIES: '127.0.0.1' },
    check: countsNetworksOfIpv6,
    complaint: /attempts within the limit/,
  },
  {
    row: 'limits',
    what: 'requests at once are not counted',
    edits: [{ file: 'conf.d/limits.conf', find: /^limit_conn connections .*$/m, put: '' }],
    settings: fewConnections,
    check: limitsConnections,
    complaint: /one more is refused/,
  },
  {
    row: 'limits',
    what: "the gate's location has a page of nginx for a 429",
    edits: [{ file: 'includes/route-api.conf', find: 'error_page 429 = @problem-429;', put: '' }],
    settings: fewConnections,
    check: limitsConnections,
    complaint: /a problem/,
  },
  {
    row: 'headers',
    what: 'a location adds one of its own, and so drops all others',
    edits: [
      {
        file: 'includes/route-login.conf',
        find: 'proxy_pass http://auth;',
        put: 'add_header X-Robots-Tag none;\n  proxy_pass http://auth;',
      },
    ],
    check: hasHeadersOnEveryAnswer,
    complaint: /X-Content-Type-Options of a token/,
  },
  {
    row: 'headers',
    what: "nginx's own answers may be kept",
    edits: [{ file: 'includes/answer-header-values.conf', find: '"" no-store;', put: '"" "";' }],
    check: hasHeadersOnEveryAnswer,
    complaint: /Cache-Control of a login too large/,
  },
  {
    row: 'headers',
    what: 'nginx says what the services have said',
    edits: [
      {
        file: 'includes/answer-headers.conf',
        find: 'add_header Cache-Control $cache_control always;',
        put: 'add_header Cache-Control no-store always;',
      },
    ],
    check: hasHeadersOnEveryAnswer,
    complaint: /Cache-Control of a token/,
  },
]

describe.runIf(inject('isLocal'))('a check fails on a configuration that is broken on purpose', () => {
  let stack: OwnStack
  let api: StandIn

  beforeAll(async () => {
    ;[stack, api] = await Promise.all([startOwnStack(), startStandIn()])
  })
  afterAll(async () => {
    await stack?.stop()
    await api?.stop()
  })

  const start = (edits: Edit[], { withStandIn, settings }: Breakage) =>
    stack.startGateway(withStandIn ? [...edits, upstreamAt('api', api.port)] : edits, settings && { settings })

  test.each(breakages)('$row: $what', async (breakage) => {
    const intact = await start([], breakage)
    await expect(breakage.check(intact, api)).resolves.toBeUndefined()
    const broken = await start(breakage.edits, breakage)
    await expect(breakage.check(broken, api)).rejects.toThrow(breakage.complaint)
  })

  test('and an edit that changes nothing is an error', async () => {
    const edit = { file: 'nginx.conf', find: 'no such directive', put: '' }
    await expect(stack.startGateway([edit])).rejects.toThrow('nginx.conf has nothing that matches no such directive')
  })
})
