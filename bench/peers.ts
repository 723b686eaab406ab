import { spawnSync } from "node:child_process";
import { WatchedProgram } from "./support/watched-program.ts";
import type { Row } from "./table.ts";

/** Full-screen programs of the same kind, and what they show without being set up. */
const PEERS: readonly { name: string; command: string[] }[] = [
  { name: "htop", command: ["htop"] },
  { name: "lnav", command: ["lnav", "/var/log"] },
  { name: "k9s", command: ["k9s"] },
  { name: "e1s", command: ["e1s"] },
  { name: "lazydocker", command: ["lazydocker"] },
];

function isInstalled(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/** First paint, bytes and CPU of each installed peer at 120x40; what is not installed is said. */
export async function benchPeers(windowMs: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, command } of PEERS) {
    if (!isInstalled(name)) {
      rows.push({ name: `${name}: not installed`, value: Number.NaN, unit: "" });
      continue;
    }
    const program = new WatchedProgram(() => command, { columns: 120, rows: 40 });
    try {
      const paintMs = await program.shows((screen) => screen.trim() !== "");
      await new Promise((resolve) => setTimeout(resolve, 3000));
      const cost = await program.cost(windowMs);
      rows.push(
        { name: `${name}: first paint`, value: paintMs, unit: "ms" },
        { name: `${name}: bytes 120x40`, value: cost.bytesPerSecond, unit: "B/s" },
        { name: `${name}: CPU`, value: cost.cpuPercent, unit: "%" },
        { name: `${name}: RSS`, value: cost.rssMb, unit: "MB" },
      );
    } finally {
      await program.end();
    }
  }
  return rows;
}

/** One read through the AWS CLI and through mayday, start to answer, against the same simulated account; where the CLI is installed. */
export function benchAwsCli(endpoint: string, runs: number, mayday: string[]): Row[] {
  if (!isInstalled("aws")) return [{ name: "aws: not installed", value: Number.NaN, unit: "" }];
  const environment = {
    ...process.env,
    AWS_ACCESS_KEY_ID: "simulated",
    AWS_SECRET_ACCESS_KEY: "simulated",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const timed = (command: string[]) => {
    const [file = "", ...args] = command;
    const startedMs = performance.now();
    const { status } = spawnSync(file, args, { env: environment });
    if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}`);
    return performance.now() - startedMs;
  };
  const common = ["--endpoint-url", endpoint, "--region", "us-east-1", "--output", "json"];
  const services = ["--cluster", "lakehouse-prod-nessie", "--services", "nessie"];
  const cli: number[] = [];
  const own: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const cliMs = timed(["aws", "ecs", "describe-services", ...services, ...common]);
    const ownMs = timed(mayday);
    if (run === 0) continue;
    cli.push(cliMs);
    own.push(ownMs);
  }
  const middle = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  const value = middle(own);
  const reference = middle(cli);
  return [
    {
      name: "a plan with all its reads (mayday run contain-nessie --plan)",
      value,
      unit: "ms",
      reference,
      referenceName: "aws ecs describe-services",
      ratio: value / reference,
    },
  ];
}
