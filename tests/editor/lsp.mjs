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
const schema = pathToFileURL(join(here, "../../schemas/user.schema.json")).href;
const bin = join(here, "node_modules/yaml-language-server/bin/yaml-language-server");

/** A file as it stands while someone types; `|` is the cursor. */
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
  ["the days of a week", 'extension: "101"\nstates:\n  work-hours:\n    schedule:\n      weekly:\n        |\n'],
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
    // Only our schema, and nothing out of the network.
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
  schemas: { [schema]: "*.yaml" },
};

let files = 0;
function open(text) {
  const uri = pathToFileURL(join(here, `opened-${++files}.yaml`)).href;
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

print("# Mistakes\n");
const mistakes = readFileSync(join(here, "mistakes.yaml"), "utf8");
const lines = mistakes.split("\n");
const problems = await open(mistakes).diagnostics;
const order = (a, b) => a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character;
for (const { range, message } of problems.sort(order)) {
  const { start, end } = range;
  const to = start.line === end.line ? end.character : undefined;
  print(`${start.line + 1}:${start.character + 1} ${lines[start.line].slice(start.character, to)}\n    ${message}`);
}

print("\n# Completion");
for (const [what, marked] of typing) {
  print(`\n## ${what}\n`);
  const { text, position } = cursor(marked);
  const { uri } = open(text);
  const answer = await ask("textDocument/completion", { textDocument: { uri }, position });
  for (const { label, documentation, insertText, textEdit } of answer.items) {
    const inserted = JSON.stringify(textEdit?.newText ?? insertText);
    print(`${label}  ${inserted}${documentation ? `\n    ${firstLine(documentation)}` : ""}`);
  }
}

print("\n# Hover");
for (const [what, marked] of pointing) {
  print(`\n## ${what}\n`);
  const { text, position } = cursor(marked);
  const { uri } = open(text);
  const answer = await ask("textDocument/hover", { textDocument: { uri }, position });
  print(plain(answer?.contents).trimEnd());
}

await ask("shutdown", null);
send({ method: "exit" });
