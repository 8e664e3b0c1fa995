// Asks yaml-language-server what it makes of our schemas, as an editor would, and prints the answers.
//
//   node tests/editor/lsp.mjs
//
// Part of `cargo test`, which compares what is printed with a snapshot.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const kinds = ["user", "profile", "calendar", "contacts", "tests", "callrules"];
const schema = (kind) => pathToFileURL(join(here, `../../schemas/${kind}.schema.json`)).href;
const bin = join(here, "node_modules/yaml-language-server/bin/yaml-language-server");

/** A file as it stands while someone types; `|` is the cursor. User files, unless another kind is named. */
const typing = [
  ["the keys of a file", 'extension: "101"\n|\n'],
  ["the keys of a rule", 'extension: "101"\ninteractionRules:\n  VIP:\n    |\n'],
  ["the keys of its conditions", 'extension: "101"\ninteractionRules:\n  VIP:\n    conditions:\n      |\n'],
  ["the states", 'extension: "101"\nstates:\n  |\n'],
  ["the keys of a state without a schedule", 'extension: "101"\nstates:\n  dnd:\n    |\n'],
  ["the types of dispatching of a rule", 'extension: "101"\ninteractionRules:\n  VIP:\n    dispatching:\n      type: |\n'],
  ["the types of dispatching of a state", 'extension: "101"\nstates:\n  agent:\n    dispatching:\n      type: |\n'],
  ["who can ring", 'extension: "101"\nstates:\n  agent:\n    dispatching:\n      ring:\n        - targets:\n            - |\n'],
  ["who can call", 'extension: "101"\ninteractionRules:\n  VIP:\n    conditions:\n      callerIds:\n        - |\n'],
  ["when a rule holds", 'extension: "101"\ninteractionRules:\n  VIP:\n    conditions:\n      schedule:\n        |\n'],
  ["the schedule of a queue agent", 'extension: "101"\nstates:\n  agent:\n    schedule: |\n'],
  ["where an unanswered call goes", 'extension: "101"\nstates:\n  work-hours:\n    dispatching:\n      noAnswer: |\n'],
  ["a rule's times, said in a word", 'extension: "101"\ninteractionRules:\n  VIP:\n    conditions:\n      schedule:\n        daily: |\n'],
  ["what the rings of a group take", 'extension: "101"\nstates:\n  agent:\n    dispatching:\n      ring:\n        - |\n'],
  ["the apps that ring always", 'extension: "101"\nstates:\n  agent:\n    dispatching:\n      ringAlways:\n        - |\n'],
  ["who is screened", 'extension: "101"\nstates:\n  work-hours:\n    dispatching:\n      screening:\n        when: |\n'],
  ["the state of a condition", 'extension: "101"\ninteractionRules:\n  VIP:\n    conditions:\n      callerIds: ["+1650"]\n      state: |\n'],
  ["the days of a week", 'extension: "101"\nstates:\n  work-hours:\n    schedule:\n      weekly:\n        |\n'],
  ["the keys of a profile", "|\n", "profile"],
  ["what becomes of other rules", "prune: |\n", "callrules"],
  ["warnings that are meant", "prune: all\nallow:\n  - |\n", "callrules"],
  ["the days of a calendar", "Christmas: |\n", "calendar"],
  ["an entry of contacts", "- |\n", "contacts"],
  ["the keys of a file of tests", "|\n", "tests"],
  ["the keys of a test", 'user: "101"\ntests:\n  - name: At night\n    |\n', "tests"],
  ["what shall become of a call", 'user: "101"\ntests:\n  - name: At night\n    expect:\n      |\n', "tests"],
];

/** Where the mouse stands: at the `|`. */
const pointing = [
  ["a state", 'extension: "101"\nstates:\n  a|gent:\n    schedule: work-hours\n'],
  ["a key that takes words or maps", 'extension: "101"\nstates:\n  work-hours:\n    dispatching:\n      noA|nswer: voicemail\n'],
  ["a map of that key", 'extension: "101"\nstates:\n  work-hours:\n    dispatching:\n      noAnswer: { exten|sion: "900" }\n'],
  ["one of several words", 'extension: "101"\nstates:\n  work-hours:\n    dispatching:\n      type: RingIn|Order\n'],
  ["a list of contacts", 'extension: "101"\ninteractionRules:\n  VIP:\n    conditions: { callerIds: [{ con|tacts: vip }] }\n'],
  ["a calendar", 'extension: "101"\ninteractionRules:\n  VIP:\n    conditions: { schedule: { calen|dar: us-holidays } }\n'],
  ["a phone number", 'extension: "101"\ninteractionRules:\n  VIP:\n    conditions: { callerIds: ["+16|50"] }\n'],
  ["a key whose value is a map", 'extension: "101"\nstates:\n  work-hours:\n    dis|patching: { type: RingAtOnce }\n'],
  ["a rule", 'extension: "101"\ninteractionRules:\n  V|IP:\n    enabled: false\n'],
  ["times of the week", 'extension: "101"\nstates:\n  work-hours:\n    schedule: { wee|kly: { mon-fri: 08:00-16:00 } }\n'],
  ["seconds", 'extension: "101"\nstates:\n  agent:\n    dispatching: { ring: [{ targets: [mobileApps], sec|onds: 20 }] }\n'],
  ["a word of the settings", "prune: al|l\n", "callrules"],
  ["a warning that is meant", "prune: all\nallow: [long-r|ing]\n", "callrules"],
  ["the calls of a test", 'user: "101"\ntests:\n  - name: At night\n    ca|lls: [{ at: sat 22:10, endsAt: voicemail }]\n', "tests"],
  ["the time of a call", 'user: "101"\ntests:\n  - name: At night\n    call: { a|t: sat 22:10 }\n', "tests"],
];

const server = spawn(process.execPath, [bin, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
setTimeout(() => {
  server.kill();
  throw new Error("the language server did not answer within a minute");
}, 60_000).unref();
const waiting = new Map();
const diagnosed = new Map();
let ids = 0;

function send(message) {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function ask(method, params) {
  const id = ++ids;
  send({ id, method, params });
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

function take(message) {
  if (message.method === "workspace/configuration") {
    // Only our schemas, and nothing out of the network.
    const settings = (item) => (item.section === "yaml" ? yaml : null);
    send({ id: message.id, result: message.params.items.map(settings) });
  } else if (message.method === "textDocument/publishDiagnostics") {
    const { uri, diagnostics } = message.params;
    diagnosed.get(uri)?.(diagnostics);
  } else if (message.method && message.id !== undefined) {
    send({ id: message.id, result: null });
  } else if (waiting.has(message.id)) {
    const { resolve, reject } = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error) reject(new Error(message.error.message));
    else resolve(message.result);
  }
}

let received = Buffer.alloc(0);
server.stdout.on("data", (chunk) => {
  received = Buffer.concat([received, chunk]);
  for (;;) {
    const end = received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/Content-Length: (\d+)/i.exec(received.subarray(0, end).toString())[1]);
    if (received.length < end + 4 + length) return;
    const body = received.subarray(end + 4, end + 4 + length).toString();
    received = received.subarray(end + 4 + length);
    take(JSON.parse(body));
  }
});

const yaml = {
  validate: true,
  completion: true,
  hover: true,
  hoverSchemaSource: false,
  schemaStore: { enable: false },
  kubernetesCRDStore: { enable: false },
  schemas: Object.fromEntries(kinds.map((kind) => [schema(kind), `${kind}-*.{yaml,yml}`])),
};

let files = 0;
function open(text, kind = "user") {
  const uri = pathToFileURL(join(here, `${kind}-${++files}.yaml`)).href;
  const diagnostics = new Promise((resolve) => diagnosed.set(uri, resolve));
  send({
    method: "textDocument/didOpen",
    params: { textDocument: { uri, languageId: "yaml", version: 1, text } },
  });
  return { uri, diagnostics };
}

/** The text without its cursor, and where that was. */
function cursor(marked) {
  const at = marked.indexOf("|");
  const before = marked.slice(0, at).split("\n");
  const position = { line: before.length - 1, character: before.at(-1).length };
  return { text: marked.slice(0, at) + marked.slice(at + 1), position };
}

const print = (line) => process.stdout.write(`${line}\n`);
const plain = (text) => (typeof text === "object" ? (text?.value ?? "") : (text ?? ""));
const firstLine = (text) => plain(text).split("\n")[0];

await ask("initialize", {
  processId: process.pid,
  rootUri: null,
  capabilities: {
    workspace: { configuration: true },
    textDocument: {
      completion: { completionItem: { snippetSupport: true, documentationFormat: ["markdown"] } },
      hover: { contentFormat: ["markdown"] },
    },
  },
});
send({ method: "initialized", params: {} });
send({ method: "workspace/didChangeConfiguration", params: { settings: { yaml } } });

print("# Mistakes");
for (const kind of kinds) {
  print(`\n## ${kind}\n`);
  const mistakes = readFileSync(join(here, `mistakes/${kind}.yaml`), "utf8");
  const lines = mistakes.split("\n");
  const problems = await open(mistakes, kind).diagnostics;
  const order = (a, b) => a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character;
  for (const { range, message } of problems.sort(order)) {
    const { start, end } = range;
    const to = start.line === end.line ? end.character : undefined;
    print(`${start.line + 1}:${start.character + 1} ${lines[start.line].slice(start.character, to)}\n    ${message}`);
  }
}

print("\n# A file that names its schema in the first line\n");
const named = "# yaml-language-server: $schema=../../schemas/callrules.schema.json\nprune: everything\n";
for (const { message } of await open(named, "elsewhere").diagnostics) print(message);

print("\n# Completion");
for (const [what, marked, kind] of typing) {
  print(`\n## ${what}\n`);
  const { text, position } = cursor(marked);
  const { uri } = open(text, kind);
  const answer = await ask("textDocument/completion", { textDocument: { uri }, position });
  for (const { label, documentation, insertText, textEdit } of answer.items) {
    const inserted = JSON.stringify(textEdit?.newText ?? insertText);
    print(`${label}  ${inserted}${documentation ? `\n    ${firstLine(documentation)}` : ""}`);
  }
}

print("\n# Hover");
for (const [what, marked, kind] of pointing) {
  print(`\n## ${what}\n`);
  const { text, position } = cursor(marked);
  const { uri } = open(text, kind);
  const answer = await ask("textDocument/hover", { textDocument: { uri }, position });
  print(plain(answer?.contents).trimEnd());
}

await ask("shutdown", null);
send({ method: "exit" });
