// Reads a JSON report of vitest: "PASSED FAILED" on stdout, and on stderr each test that did not pass, with its reason.
// usage: tsx .ci/test-report.ts REPORT
import { readFileSync } from 'node:fs'

interface Report {
  numPassedTests: number
  numTotalTests: number
  testResults: {
    name: string
    status: string
    message: string
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[]
  }[]
}

const LINES_OF_A_REASON = 12

const report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Report
for (const file of report.testResults) {
  if (file.status !== 'passed' && file.message) console.error(`--- ${file.name}: ${file.message}`)
  for (const test of file.assertionResults) {
    if (test.status === 'passed') continue
    console.error(`--- ${test.fullName} (${file.name}): ${test.status}`)
    for (const reason of test.failureMessages) console.error(reason.split('\n').slice(0, LINES_OF_A_REASON).join('\n'))
  }
}
console.log(report.numPassedTests, report.numTotalTests - report.numPassedTests)
