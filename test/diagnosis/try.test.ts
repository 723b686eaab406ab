import { test } from "vitest";
import { accountAt, contextOf, diagnose } from "./support.ts";

test.each((process.env.SCENARIOS ?? "s3-access-denied:bucket-policy").split(","))(
  "%s",
  async (scenario) => {
    const simulator = await accountAt(Number(process.env.AT ?? 7), {
      scenario,
      seed: Number(process.env.SEED ?? 1),
      ...(process.env.CATALOG ? { catalogType: process.env.CATALOG as "glue" } : {}),
    });
    for (const id of (process.env.IDS ?? "everything").split(",")) {
      const result = await diagnose(await contextOf(simulator), id);
      console.log(`=== ${scenario} ${id} ${Math.round(result.tookMs)} ms: ${result.conclusion}`);
      for (const v of result.verdicts)
        console.log(
          `${v.certainty} ${v.id}\n  + ${v.for.map((f) => f.text).join("\n  + ")}\n  - ${v.against.map((f) => f.text).join("\n  - ")}\n  fixes ${JSON.stringify(v.fixes)}\n  conseq ${v.consequences}`,
        );
      console.log(
        "possible",
        result.possible.map((v) => `${v.id}: ${v.for.map((f) => f.text)}`),
      );
      console.log("unknown", result.unknown);
      if (process.env.ALL)
        for (const c of result.checks.filter((c) => c.id.startsWith(process.env.ALL!)))
          console.log(
            c.id,
            c.status,
            c.reasons,
            Math.round(c.tookMs),
            c.findings.map((f) => `${f.strength} ${f.text}`),
          );
    }
  },
  120_000,
);
