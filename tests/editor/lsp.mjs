// Sends the requests of an editor to yaml-language-server and prints its answers about our schemas.
//
//   npm ci --prefix tests/editor
//   node tests/editor/lsp.mjs
//
// `tests/it/editor.rs` compares the output with a snapshot.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const kinds = ["user", "profile", "calendar", "contacts", "tests", "callrules"];
const schema = (kind) => pathToFileURL(join(here, `../../schemas/${kind}.schema.json`)).href;
const bin = join(here, "node_modules/yaml-language-server/bin/yaml-language-server");

/** Incomplete files with the cursor at `|`. They are user files unless a kind is given. */
const completions = [
  ["the keys of a file", 'extension: "101"\n|\n'],
  ["the keys of a rule", 'extension: "101"\ninteractionRules:\n  VIP:\n    |\n'],
  ["the keys of its conditions", 'extension: "101"\ninteractionRules:\n  VIP:\n    conditions:\n      |\n'],
  ["the states", 'extension: "101"\nstates:\n  |\n'],
  ["the keys of a state without a schedule", 'extension: "101"\nstates:\n  dnd:\n    |\n'],
  ["the dispatching types of a rule", 'extension: "101"\ninteractionRules:\n  VIP:\n    dispatching:\n      type: |\n'],
  ["the dispatching types of a state", 'extension: "101"\nstates:\n  agent:\n    dispatching:\n      type: |\n'],
  ["who can ring", 'extension: "101"\nstates:\n  agent:\n    dispatching:\n      ring:\n        - targets:\n            - |\n'],
  ["who can call", 'extension: "101"\ninteractionRules:\n  VIP:\n    conditions:\n      callerIds:\n        - |\n'],
  ["the keys of a schedule", 'extension: "101"\ninteractionRules:\n  VIP:\n    conditions:\n      schedule:\n        |\n'],
  ["the schedule of a queue agent", 'extension: "101"\nstates:\n  agent:\n    schedule: |\n'],
  ["where an unanswered call goes", 'extension: "101"\nstates:\n  work-hours:\n    dispatching:\n      noAnswer: |\n'],
  ["the keyword for a schedule of a rule", 'extension: "101"\ninteractionRules:\n  VIP:\n    conditions:\n      schedule:\n        daily: |\n'],
  ["the keys of a ring group", 'extension: "101"\nstates:\n  agent:\n    dispatching:\n      ring:\n        - |\n'],
  ["the apps that always ring", 'extension: "101"\nstates:\n  agent:\n    dispatching:\n      ringAlways:\n        - |\n'],
  ["which callers are screened", 'extension: "101"\nstates:\n  work-hours:\n    dispatching:\n      screening:\n        when: |\n'],
  ["the state of a condition", 'extension: "101"\ninteractionRules:\n  VIP:\n    conditions:\n      callerIds: ["+1650"]\n      state: |\n'],
  ["the days of a week", 'extension: "101"\nstates:\n  work-hours:\n    schedule:\n      weekly:\n        |\n'],
  ["the keys of a profile", "|\n", "profile"],
  ["the values of prune", "prune: |\n", "callrules"],
  ["the warnings that can be allowed", "prune: all\nallow:\n  - |\n", "callrules"],
  ["the days of a calendar", "Christmas: |\n", "calendar"],
  ["an entry of contacts", "- |\n", "contacts"],
  ["the keys of a file of tests", "|\n", "tests"],
  ["the keys of a test", 'user: "101"\ntests:\n  - name: At night\n    |\n', "tests"],
  ["the keys of an expectation", 'user: "101"\ntests:\n  - name: At night\n    expect:\n      |\n', "tests"],
];

/** Files with the mouse pointer at `|`. */
const hovers = [
  ["a state", 'extension: "101"\nstates:\n  a|gent:\n    schedule: work-hours\n'],
  ["a key whose value is a keyword or a map", 'extension: "101"\nstates:\n  work-hours:\n    dispatching:\n      noA|nswer: voicemail\n'],
  ["a key of that map", 'extension: "101"\nstates:\n  work-hours:\n    dispatching:\n      noAnswer: { exten|sion: "900" }\n'],
  ["a keyword", 'extension: "101"\nstates:\n  work-hours:\n    dispatching:\n      type: RingIn|Order\n'],
  ["a list of contacts", 'extension: "101"\ninteractionRules:\n  VIP:\n    conditions: { callerIds: [{ con|tacts: vip }] }\n'],
  ["a calendar", 'extension: "101"\ninteractionRules:\n  VIP:\n    conditions: { schedule: { calen|dar: us-holidays } }\n'],
  ["a phone number", 'extension: "101"\ninteractionRules:\n  VIP:\n    conditions: { callerIds: ["+16|50"] }\n'],
  ["a key whose value is a map", 'extension: "101"\nstates:\n  work-hours:\n    dis|patching: { type: RingAtOnce }\n'],
  ["a rule", 'extension: "101"\ninteractionRules:\n  V|IP:\n    enabled: false\n'],
  ["the times of a week", 'extension: "101"\nstates:\n  work-hours:\n    schedule: { wee|kly: { mon-fri: 08:00-16:00 } }\n'],
  ["seconds", 'extension: "101"\nstates:\n  agent:\n    dispatching: { ring: [{ targets: [mobileApps], sec|onds: 20 }] }\n'],
  ["a keyword of the settings", "prune: al|l\n", "callrules"],
  ["an allowed warning", "prune: all\nallow: [long-r|ing]\n", "callrules"],
  ["the calls of a test", 'user: "101"\ntests:\n  - name: At night\n    ca|lls: [{ at: sat 22:10, endsAt: voicemail }]\n', "tests"],
  ["the time of a call", 'user: "101"\ntests:\n  - name: At night\n    call: { a|t: sat 22:10 }\n', "tests"],
];

const server = spawn(process.execPath, [bin, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
setTimeout(() => {
  server.kill();
  throw new Error("the language server did not answer within 60 seconds");
}, 60_000).unref();
/** Functions that settle the promise of a request, by request id. */
const pendingRequests = new Map();
/** Functions that receive the diagnostics of a file, by URI. */
const diagnosticListeners = new Map();
let lastRequestId = 0;

function send(message) {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** Sends a request and returns a promise of its result. */
function request(method, params) {
  const id = ++lastRequestId;
  send({ id, method, params });
  return new Promise((resolve, reject) => pendingRequests.set(id, { resolve, reject }));
}

function handle(message) {
  if (message.method === "workspace/configuration") {
    // The server uses only our schemas and loads nothing from the network.
    const settings = (item) => (item.section === "yaml" ? yaml : null);
    send({ id: message.id, result: message.params.items.map(settings) });
  } else if (message.method === "textDocument/publishDiagnostics") {
    const { uri, diagnostics } = message.params;
    diagnosticListeners.get(uri)?.(diagnostics);
  } else if (message.method && message.id !== undefined) {
    send({ id: message.id, result: null });
  } else if (pendingRequests.has(message.id)) {
    const { resolve, reject } = pendingRequests.get(message.id);
    pendingRequests.delete(message.id);
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
    handle(JSON.parse(body));
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

let fileCount = 0;
/** Opens a file in the server. Returns its URI and a promise of its diagnostics. */
function open(text, kind = "user") {
  const uri = pathToFileURL(join(here, `${kind}-${++fileCount}.yaml`)).href;
  const diagnostics = new Promise((resolve) => diagnosticListeners.set(uri, resolve));
  send({
    method: "textDocument/didOpen",
    params: { textDocument: { uri, languageId: "yaml", version: 1, text } },
  });
  return { uri, diagnostics };
}

/** Removes the cursor from a text. Returns the text and the position of the cursor. */
function splitAtCursor(marked) {
  const index = marked.indexOf("|");
  const linesBefore = marked.slice(0, index).split("\n");
  const position = { line: linesBefore.length - 1, character: linesBefore.at(-1).length };
  return { text: marked.slice(0, index) + marked.slice(index + 1), position };
}

const print = (line) => process.stdout.write(`${line}\n`);
const toPlainText = (text) => (typeof text === "object" ? (text?.value ?? "") : (text ?? ""));
const firstLine = (text) => toPlainText(text).split("\n")[0];

await request("initialize", {
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
  const byPosition = (a, b) => a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character;
  for (const { range, message } of problems.sort(byPosition)) {
    const { start, end } = range;
    const endOnLine = start.line === end.line ? end.character : undefined;
    print(`${start.line + 1}:${start.character + 1} ${lines[start.line].slice(start.character, endOnLine)}\n    ${message}`);
  }
}

print("\n# A file with its schema in the first line\n");
const fileWithSchema = "# yaml-language-server: $schema=../../schemas/callrules.schema.json\nprune: everything\n";
for (const { message } of await open(fileWithSchema, "elsewhere").diagnostics) print(message);

print("\n# Completion");
for (const [title, marked, kind] of completions) {
  print(`\n## ${title}\n`);
  const { text, position } = splitAtCursor(marked);
  const { uri } = open(text, kind);
  const answer = await request("textDocument/completion", { textDocument: { uri }, position });
  for (const { label, documentation, insertText, textEdit } of answer.items) {
    const inserted = JSON.stringify(textEdit?.newText ?? insertText);
    print(`${label}  ${inserted}${documentation ? `\n    ${firstLine(documentation)}` : ""}`);
  }
}

print("\n# Hover");
for (const [title, marked, kind] of hovers) {
  print(`\n## ${title}\n`);
  const { text, position } = splitAtCursor(marked);
  const { uri } = open(text, kind);
  const answer = await request("textDocument/hover", { textDocument: { uri }, position });
  print(toPlainText(answer?.contents).trimEnd());
}

await request("shutdown", null);
send({ method: "exit" });
