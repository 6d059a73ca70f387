import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gatewaySettings, gatewayVariables } from '../src/gateway-variables.js'
import { projectFolder } from '../src/index.js'

const nginx = join(projectFolder, 'nginx')

/** What the image's entrypoint makes of the same settings. */
function imageVariables(settings: Record<string, string>): Record<string, string> {
  const script = `
    . ${nginx}/16-limits.envsh
    . ${nginx}/17-listen.envsh >/dev/null
    env`
  const text = execFileSync('sh', ['-c', script], { env: { PATH: process.env.PATH, ...imageDefaults(), ...settings } })
  return Object.fromEntries(
    String(text)
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

const imageDefaults = () =>
  Object.fromEntries(
    Array.from(
      readFileSync(join(nginx, 'Dockerfile'), 'utf8').matchAll(/(GATEWAY_\w+)=("?)(.*?)\2(?: \\)?$/gm),
      ([, name = '', , value = '']) => [name, value],
    ),
  )

const derived = [
  'GATEWAY_LOGINS_PER_MINUTE',
  'GATEWAY_REFRESHES_PER_MINUTE',
  'GATEWAY_CONNECTIONS_PER_ADDRESS',
  'GATEWAY_VERDICT_CACHE_SECONDS',
  'GATEWAY_HSTS',
  'GATEWAY_LOGIN_BURST',
  'GATEWAY_LOGIN_PAUSE_SECONDS',
  'GATEWAY_REFRESH_BURST',
  'GATEWAY_REFRESH_PAUSE_SECONDS',
  'GATEWAY_REAL_IP',
  'GATEWAY_PUBLIC_URL',
  'GATEWAY_PLAIN_SERVER',
] as const

describe('the settings of the gateway', () => {
  it.each([
    {},
    { GATEWAY_LOGINS_PER_MINUTE: '1' },
    { GATEWAY_LOGINS_PER_MINUTE: '7', GATEWAY_REFRESHES_PER_MINUTE: '61' },
    { GATEWAY_TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::/32\n192.0.2.1' },
    { GATEWAY_PUBLIC_HOST: 'auth.example', GATEWAY_TLS_PORT: '443' },
    { GATEWAY_TLS_PORT: '8443' },
  ])('%j mean without containers what they mean in the image', (settings: Record<string, string>) => {
    const tlsPort = Number(settings.GATEWAY_TLS_PORT)
    const listening = tlsPort ? { main: 'listen 443 ssl;', plain: 'listen 80;', tlsPort } : { main: 'listen 80;' }
    const image = imageVariables(settings)
    const ours: Record<string, string> = gatewayVariables(gatewaySettings(settings), listening)
    for (const name of derived) expect(image[name]?.trim(), name).toBe(ours[name]?.trim())
  })

  it('are the defaults where they are empty, as with compose', () => {
    expect(gatewayVariables({ GATEWAY_LOGINS_PER_MINUTE: '' }, { main: '' }).GATEWAY_LOGIN_BURST).toBe('59')
  })

  it.each([
    [{ GATEWAY_LOGINS_PER_MINUTE: '0' }, 'GATEWAY_LOGINS_PER_MINUTE must be a whole number from 1 to 1000000'],
    [{ GATEWAY_REFRESHES_PER_MINUTE: '1.5' }, 'GATEWAY_REFRESHES_PER_MINUTE must be a whole number from 1 to 1000000'],
    [
      { GATEWAY_VERDICT_CACHE_SECONDS: 'soon' },
      'GATEWAY_VERDICT_CACHE_SECONDS must be a whole number from 0 to 1000000',
    ],
    [{ GATEWAY_CONNECTIONS_PER_ADDRESS: 'many' }, 'GATEWAY_CONNECTIONS_PER_ADDRESS must be a whole number'],
    [{ GATEWAY_TRUSTED_PROXIES: 'proxy.example' }, 'GATEWAY_TRUSTED_PROXIES: "proxy.example" is no address or network'],
    [{ GATEWAY_TRUSTED_PROXIES: '10.0.0.1;}' }, 'GATEWAY_TRUSTED_PROXIES: "10.0.0.1;}" is no address or network'],
  ])('%j are refused', (settings, message) => {
    expect(() => gatewayVariables(settings, { main: '' })).toThrow(message)
  })
})
