// Takes the picture of README.md: the real program in a real terminal, a few simulated minutes into the demo. Run by `npm run capture`.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TerminalProgram } from "../../test/support/terminal-program.ts";
import { screenSvg } from "./screen-svg.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-capture-"));
const program = new TerminalProgram(["demo", "nessie-oom", "--speed", "20", "--state-directory", folder], {
  columns: 140,
  rows: 42,
});
try {
  await program.waitFor(/111122223333/);
  await program.waitFor(
    (shown) => /✗ ALARM +\d+[sm] nessie-unhealthy-hosts/.test(shown.screen()) && /137 OOM-killed/.test(shown.screen()),
    60_000,
  );
  writeFileSync(join(import.meta.dirname, "..", "..", "docs", "cockpit.svg"), screenSvg(program.cells()));
} finally {
  program.kill("SIGTERM");
  await program.exited;
  rmSync(folder, { recursive: true, force: true });
}
