import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from 'local-stack'
import { fillBlocks } from './docs-blocks.js'
import { latestFile, readResults } from './results.js'

// Puts the numbers of bench/results/latest.json into the documents. With --check it changes nothing and fails where they differ.
// usage: npm run bench:docs [-- --check]

const check = process.argv.includes('--check')
const documents = execFileSync('git', ['-C', projectFolder, 'ls-files', '-co', '--exclude-standard', '*.md'], {
  encoding: 'utf8',
})
  .trim()
  .split('\n')
const stale = documents.filter((document) => {
  const file = join(projectFolder, document)
  const before = readFileSync(file, 'utf8')
  if (!before.includes('<!-- bench:')) return false
  if (!existsSync(latestFile)) throw new Error(`${document} quotes numbers, and there are none yet; run: npm run bench`)
  const after = fillBlocks(before, readResults(latestFile))
  if (before !== after && !check) writeFileSync(file, after)
  return before !== after
})
if (stale.length > 0) {
  process.stdout.write(`${check ? 'differ from bench/results/latest.json' : 'updated'}: ${stale.join(', ')}\n`)
  if (check) process.stdout.write('run: npm run bench:docs\n')
}
process.exitCode = check && stale.length > 0 ? 1 : 0
