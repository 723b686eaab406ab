import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";

const ENTRY = `
import { startSimulator } from ${JSON.stringify(fileURLToPath(new URL("../../src/sim/index.ts", import.meta.url)))};
const simulator = await startSimulator({ scenario: "nessie-oom" });
const scope = "AWS4-HMAC-SHA256 Credential=AK/20261123/us-east-1/elasticloadbalancing/aws4_request, x";
const answer = await fetch(simulator.endpoint, { method: "POST", headers: { authorization: scope }, body: "Action=DescribeTargetGroups&Names.member.1=nope" });
process.stdout.write(await answer.text());
await simulator.close();
`;

test.each([[["module", "main"]], [["main", "module"]]])(
  "the simulator works as a bundle made with main fields %j",
  async (mainFields) => {
    const folder = mkdtempSync(join(tmpdir(), "mayday-bundle-"));
    try {
      await build({
        stdin: { contents: ENTRY, resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "ts" },
        bundle: true,
        splitting: true,
        minify: true,
        format: "esm",
        platform: "node",
        mainFields,
        outdir: folder,
        outExtension: { ".js": ".mjs" },
        banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
        logLevel: "error",
      });
      const text = execFileSync(process.execPath, [join(folder, "stdin.mjs")], { encoding: "utf8" });
      // TargetGroupNotFound is the query code of the modelled TargetGroupNotFoundException: the model was found.
      expect(text).toContain("<Code>TargetGroupNotFound</Code>");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
