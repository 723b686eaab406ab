import type { Clock } from "../base/clock.ts";
import { paint, seg } from "../panes/line.ts";
import { createTheme } from "../panes/theme.ts";
import { LogRing } from "../state/log-ring.ts";
import { createCockpitStore } from "../state/store.ts";
import { DEFAULT_BINDINGS } from "./bindings.ts";
import { drawScreen } from "./draw.ts";
import { createDrawing } from "./drawing.ts";
import { measureNeeds } from "./needs.ts";
import { createUiStore } from "./ui.ts";

export interface OpeningOptions {
  /** What is being opened, such as `Nessie is down`. */
  heading: string;
  clock: Clock;
  size: { columns: number; rows: number };
  colour: boolean;
  ascii: boolean;
}

/**
 * The cockpit's own screen with nothing on it yet, for the time in which the program, the record and AWS are being opened. It needs
 * neither React nor Ink, whose loading takes longer than all the rest. Undefined on a terminal that is too small.
 */
export function drawOpening({ heading, clock, size, colour, ascii }: OpeningOptions): string | undefined {
  const store = createCockpitStore({
    incident: {
      id: "",
      title: "",
      severity: "P1",
      project: "",
      environment: "",
      onCall: "",
      simulated: false,
      declaredAtMs: clock.now(),
    },
    identity: { region: "", readOnly: false },
  });
  const drawing = createDrawing({
    incident: { store, clock, logs: new LogRing() },
    ui: createUiStore(),
    bindings: DEFAULT_BINDINGS,
    theme: createTheme({ colour, ascii }),
    terminal: { size: () => size },
  });
  measureNeeds(drawing);
  const screen = drawScreen(drawing);
  if (screen === undefined) return undefined;
  // The header tells of an incident, which is not known before its record is open.
  const header = [
    [seg(" "), seg(" MAYDAY ", "brand"), seg("  "), seg(heading, "strong")],
    [seg(" opening the record and asking AWS ...", "muted")],
  ].map((row) => paint(row, size.columns, drawing.theme));
  return [...header, ...screen.split("\n").slice(header.length)].join("\n");
}
