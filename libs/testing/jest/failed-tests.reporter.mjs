import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** Lines of a failure that are said once more: the assertion and its place. */
const linesKept = 14;

/**
 * Writes each failed test and the head of its message to the file `FAILED_TESTS`, so that a long run can end with what failed:
 * of a log that was cut, the end is what is left.
 */
export default class FailedTestsReporter {
  #rootDir;

  constructor({ rootDir }) {
    this.#rootDir = rootDir;
  }

  onTestFileResult(_, { testFilePath, testExecError, testResults, failureMessage }) {
    if (!process.env.FAILED_TESTS) return;
    const path = relative(this.#rootDir, testFilePath);
    for (const { status, fullName, failureMessages } of testResults)
      if (status === 'failed') this.#tell(`${path}: ${fullName}`, failureMessages[0]);
    if (testExecError) this.#tell(`${path} did not run`, failureMessage ?? testExecError.message);
  }

  #tell(what, why = '') {
    const head = stripVTControlCharacters(why).trim().split('\n').slice(0, linesKept).join('\n  ');
    appendFileSync(process.env.FAILED_TESTS, `${what}\n  ${head}\n\n`);
  }
}
