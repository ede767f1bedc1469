// Adds up the JSON reports of the test suites and prints the closing line. A check counts as one.
'use strict';
const { readFileSync } = require('node:fs');
const [passedSteps, failedSteps, ...reports] = process.argv.slice(2);
let passed = 0;
let failed = Number(failedSteps);
for (const file of reports) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
}
if (passed === 0) failed += 1;
console.log(`${passed + Number(passedSteps)} passed, ${failed} failed`);
