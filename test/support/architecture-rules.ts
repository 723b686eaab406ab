/** What a folder of src/ is for and which folders it may import. docs/architecture.md shows this table. */
export interface FolderRule {
  folder: string;
  purpose: string;
  /** Folders that it may import from. */
  imports: string[];
  /** Folders of which it may import types only: `import type`, which leaves no trace in the program. */
  types: string[];
}

export const FOLDER_RULES: FolderRule[] = [
  { folder: "base", purpose: "clock, failures, JSON, text: no knowledge of the subject", imports: [], types: [] },
  { folder: "policy", purpose: "evaluates IAM and bucket policies, a pure function", imports: ["base"], types: [] },
  {
    folder: "iceberg",
    purpose: "schemas, table templates and drift alerts, pure functions",
    imports: ["base"],
    types: [],
  },
  { folder: "config", purpose: "settings: schema, loading, naming rule", imports: ["base"], types: [] },
  { folder: "state", purpose: "the store, the log ring, what panes show as data", imports: ["base"], types: [] },
  { folder: "aws", purpose: "the client layer: clients, gates, rates, `aws` lines", imports: ["base"], types: [] },
  {
    folder: "transports",
    purpose: "what is changed beside AWS, by the same gates: routing, docker, HTTP",
    imports: ["base", "aws"],
    types: [],
  },
  { folder: "record", purpose: "the flight recorder and its projections", imports: ["base"], types: ["state"] },
  {
    folder: "actions",
    purpose: "one runbook action a file, the contract and the runner",
    imports: ["base", "policy", "iceberg", "aws", "transports", "evidence", "recovery"],
    types: ["config", "record"],
  },
  {
    folder: "recovery",
    purpose: "restores objects and tables: survey, undelete, copies, their undo",
    imports: ["base", "iceberg", "aws", "evidence"],
    types: [],
  },
  {
    folder: "watch",
    purpose: "pollers: AWS to state, one file a source",
    imports: ["base", "aws", "transports", "state"],
    types: ["config"],
  },
  {
    folder: "evidence",
    purpose: "exports, what is kept as proof, its custody",
    imports: ["base", "aws", "transports", "record"],
    types: [],
  },
  {
    folder: "diagnosis",
    purpose: "what is wrong: facts, checks as pure functions, ranked verdicts",
    imports: ["base", "policy", "iceberg", "aws", "transports"],
    types: ["config", "state"],
  },
  {
    folder: "postmortem",
    purpose: "a pure function: record to markdown",
    imports: ["base", "record"],
    types: ["state"],
  },
  {
    folder: "communication",
    purpose: "what others are told: drafts, status, handover; pure functions",
    imports: ["base", "state", "record", "postmortem"],
    types: [],
  },
  {
    folder: "incident",
    purpose: "the composition root: wires watchers, store, record and actions",
    imports: [
      "base",
      "config",
      "state",
      "aws",
      "transports",
      "record",
      "actions",
      "watch",
      "evidence",
      "postmortem",
      "communication",
      "diagnosis",
      "findings",
    ],
    types: [],
  },
  {
    folder: "terminal",
    purpose: "the output layer: changed cells only, paced by the terminal",
    imports: ["base"],
    types: [],
  },
  {
    folder: "runbook",
    purpose: "the runbook's tables as data, with what they say of the account",
    imports: ["base"],
    types: ["state"],
  },
  {
    folder: "findings",
    purpose: "where runbook and account disagree: facts that are read, pure functions over them",
    imports: ["base", "aws", "policy", "runbook", "watch"],
    types: ["config", "state"],
  },
  {
    folder: "readiness",
    purpose: "whether the cockpit can work here: checks, permissions, the policy that grants them",
    imports: ["base", "aws", "policy", "record", "actions", "watch", "diagnosis", "findings", "discovery"],
    types: ["config", "transports"],
  },
  {
    folder: "discovery",
    purpose: "finds a deployment's names: Terraform's state, tags, the naming rule, what is there",
    imports: ["base", "config", "aws"],
    types: [],
  },
  {
    folder: "panes",
    purpose: "one live pane a file: pure views of state",
    imports: ["base", "state", "runbook"],
    types: [],
  },
  {
    folder: "cockpit",
    purpose: "the app shell: layout, key dispatcher, palette, dialogs, help",
    imports: ["base", "state", "panes", "incident"],
    types: ["actions"],
  },
  {
    folder: "sim",
    purpose: "the simulated AWS: wire server, world, scenarios",
    imports: ["base", "policy"],
    types: [],
  },
  {
    folder: "cli",
    purpose: "commands and flags",
    imports: [
      "base",
      "config",
      "state",
      "aws",
      "transports",
      "record",
      "actions",
      "evidence",
      "postmortem",
      "communication",
      "diagnosis",
      "incident",
      "terminal",
      "cockpit",
      "findings",
      "discovery",
      "readiness",
      "sim",
    ],
    types: [],
  },
];

/** Packages that only some folders may import, by the beginning of the specifier, with the reason. */
export const PACKAGE_RULES: { packages: RegExp; folders: string[]; because: string }[] = [
  {
    packages: /^(react|react-reconciler|ink|ink-[a-z-]+)(\/|$)/,
    folders: ["cockpit", "panes"],
    because: "nothing below the panes knows how things are drawn",
  },
  {
    packages: /^(@aws-sdk|@smithy)\//,
    folders: ["aws", "sim"],
    because: "every call passes the gates of the client layer",
  },
  { packages: /^(node:)?sqlite$/, folders: ["record"], because: "only the recorder opens the database" },
  {
    packages: /^esbuild$|^vitest$|^fast-check$|^@cloud-copilot\/|^@xterm\/|^@lydell\//,
    folders: [],
    because: "tools are no part of the program",
  },
];

/** Lines that a file may have: one idea each. */
export const MAX_LINES = 350;
