import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { isSample } from '../src/sample-secret.js'

const samples = [
  'my-Secret-key-of-more-than-32-bytes!',
  'a-PassWord-that-is-long-enough-for-it',
  'ChangeMe-ChangeMe-ChangeMe-ChangeMe',
  'change_me_please_before_production!!',
  'change me before this goes anywhere..',
  'your-256-bit-key-goes-in-this-place',
  'YOUR_KEY_of_thirty-two_bytes_or_more',
  'yourjwt-thirty-two-bytes-or-more....',
  'this-is-an-example-and-nothing-else-1',
  'the-default-of-some-tutorial-or-other',
  'an-insecure-one-for-development-only',
  'replace-this-one-with-your-own-please',
  'just-a-placeholder-of-enough-letters',
  'qwertyuiopasdfghjklzxcvbnmqwertyuiop',
  '01234567890123456789012345678901',
  'abcdefghijklmnopqrstuvwxyz-and-so-on',
  'a'.repeat(64),
  'abcabcab'.repeat(8),
  '1234567'.repeat(9),
]
const others = [
  '12345678'.repeat(8),
  'your-very-own-text-of-32-bytes-or-so',
  'correct horse battery staple, and 12 more',
  ...Array.from({ length: 50 }, () => randomBytes(32).toString('hex')),
  ...Array.from({ length: 50 }, () => randomBytes(32).toString('base64url')),
]

it('tells samples and what is too regular from random secrets', () => {
  expect(samples.filter((secret) => !isSample(secret))).toEqual([])
  expect(others.filter(isSample)).toEqual([])
})

it('is the rule by which generate-secrets.sh refuses, too', () => {
  const script = readFileSync(new URL('../../../scripts/generate-secrets.sh', import.meta.url), 'utf8')
  const rule = /^is_sample\(\) \{$.*?^\}$/ms.exec(script)?.[0]
  const ask = `${rule}\nfor secret; do is_sample "$secret" && echo sample || echo other; done`
  const secrets = [...samples, ...others]
  const answers = execFileSync('sh', ['-c', ask, 'sh', ...secrets], { encoding: 'utf8' })
    .trim()
    .split('\n')
  expect(answers).toEqual(secrets.map((secret) => (isSample(secret) ? 'sample' : 'other')))
})
