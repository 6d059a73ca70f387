import { StackError } from './stack-error.js'

/** What the image has unless told otherwise (nginx/Dockerfile). */
const defaults = {
  GATEWAY_VERDICT_CACHE_SECONDS: '1',
  GATEWAY_LOGINS_PER_MINUTE: '60',
  GATEWAY_REFRESHES_PER_MINUTE: '120',
  GATEWAY_CONNECTIONS_PER_ADDRESS: '100',
  GATEWAY_TRUSTED_PROXIES: '',
  GATEWAY_PUBLIC_HOST: 'localhost',
  GATEWAY_HSTS: 'max-age=63072000',
}

/** Settings of the gateway, by the names of the image's variables. One that is absent or empty has the image's default. */
export type GatewaySettings = Partial<Record<keyof typeof defaults, string>>

/** The settings that an environment holds. */
export const gatewaySettings = (env: NodeJS.ProcessEnv): GatewaySettings =>
  Object.fromEntries(Object.entries(env).filter(([name]) => name in defaults))

/** For tests and measurements, which are thousands of clients at one address. */
export const limitsOutOfReach = {
  GATEWAY_LOGINS_PER_MINUTE: '1000000',
  GATEWAY_REFRESHES_PER_MINUTE: '1000000',
  GATEWAY_CONNECTIONS_PER_ADDRESS: '60000',
} satisfies GatewaySettings

/** `listen` directives of the main server, and of the one for plain HTTP beside it when there is TLS. */
type Listening = { main: string; plain?: string; tlsPort?: number }

/**
 * The values of the templates' variables that follow from settings, as nginx/16-limits.envsh and nginx/17-listen.envsh make them for the
 * image. Throws a StackError that names a setting which cannot be.
 */
export function gatewayVariables(settings: GatewaySettings, { main, plain, tlsPort }: Listening) {
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value))
  const values = { ...defaults, ...given }
  const logins = countOf('GATEWAY_LOGINS_PER_MINUTE')
  const refreshes = countOf('GATEWAY_REFRESHES_PER_MINUTE')
  countOf('GATEWAY_CONNECTIONS_PER_ADDRESS')
  countOf('GATEWAY_VERDICT_CACHE_SECONDS', 0)

  return {
    ...values,
    GATEWAY_LOGIN_BURST: String(logins - 1),
    GATEWAY_LOGIN_PAUSE_SECONDS: String(Math.ceil(60 / logins)),
    GATEWAY_REFRESH_BURST: String(refreshes - 1),
    GATEWAY_REFRESH_PAUSE_SECONDS: String(Math.ceil(60 / refreshes)),
    GATEWAY_REAL_IP: realIpDirectives(values.GATEWAY_TRUSTED_PROXIES),
    GATEWAY_LISTEN: main,
    GATEWAY_PLAIN_SERVER: plain ? `server { ${plain} include includes/redirect-to-https.conf; }` : '',
    GATEWAY_PUBLIC_URL: tlsPort ? httpsUrl(values.GATEWAY_PUBLIC_HOST, tlsPort) : '',
  }

  function countOf(name: keyof typeof defaults, least = 1): number {
    const count = Number(values[name])
    if (!/^\d+$/.test(values[name]) || count < least || count > 1_000_000) {
      throw new StackError(`${name} must be a whole number from ${least} to 1000000`)
    }
    return count
  }
}

/** Without the port that is understood. */
export const httpsUrl = (host: string, port: number) => `https://${host}${port === 443 ? '' : `:${port}`}`

function realIpDirectives(list: string): string {
  const proxies = list.split(/[\s,]+/).filter(Boolean)
  const wrong = proxies.find((proxy) => !/^[\d.a-f:]+(\/\d{1,3})?$/i.test(proxy))
  if (wrong !== undefined) throw new StackError(`GATEWAY_TRUSTED_PROXIES: "${wrong}" is no address or network`)
  if (proxies.length === 0) return ''
  return `${proxies.map((proxy) => `set_real_ip_from ${proxy};`).join(' ')} real_ip_header X-Forwarded-For; real_ip_recursive on;`
}
