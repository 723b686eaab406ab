import { sanitizeLine, sanitizeText } from "../base/text.ts";
import { breakGlassDraft, breakGlassProcedure, breakGlassUses, decisiveUse } from "../record/break-glass.ts";
import type { RecordEntry } from "../record/entries.ts";
import { incidentView } from "../record/incident-view.ts";
import { foldOutages, NO_OUTAGES } from "../record/outages.ts";
import { recoveryObjectives } from "../record/recovery-objectives.ts";
import { undoLedger } from "../record/runs.ts";
import { timelineLine } from "../record/timeline.ts";
import type { CockpitState, CockpitStore, HeldOpen, TimelineLine } from "../state/store.ts";
import { communicationView } from "./communication-view.ts";

/** Lines of the timeline that the screen keeps; the record keeps all. */
const TIMELINE_CAPACITY = 5000;

/**
 * Keeps the store's timeline, incident and undo ledger true to the record: every committed entry passes here once, in order,
 * whichever cockpit wrote it.
 */
export class Projection {
  readonly #store: CockpitStore;
  /** Entries that change the incident or the ledger; observations and replay slices are not kept. */
  #decisive: RecordEntry[] = [];
  /** Those of them that could not be saved yet: what they say counts all the same. */
  #unsaved: RecordEntry[] = [];
  #timeline: TimelineLine[] = [];
  #lastSeq = 0;
  /** Observations are not kept: what they say of outages is folded as they pass. */
  #outages = NO_OUTAGES;

  constructor(store: CockpitStore) {
    this.#store = store;
  }

  get decisiveEntries(): readonly RecordEntry[] {
    return this.#unsaved.length === 0 ? this.#decisive : [...this.#decisive, ...this.#unsaved];
  }

  /** Takes in an entry that is kept in memory because the record cannot be written; its saved form replaces it. */
  applyUnsaved(entry: RecordEntry): void {
    if (!isDecisive(entry)) return;
    this.#unsaved.push(entry);
    this.#project();
  }

  /** Takes in entries in order; those seen before are skipped. One store update for all of them. */
  apply(entries: readonly RecordEntry[]): void {
    let decisive = false;
    let lines = 0;
    for (const entry of entries) {
      if (entry.seq <= this.#lastSeq) continue;
      this.#lastSeq = entry.seq;
      if (isDecisive(entry)) {
        this.#unsaved = this.#unsaved.filter((unsaved) => unsaved.id !== entry.id);
        this.#decisive.push(entry);
        decisive = true;
      }
      const { outages } = this.#outages;
      this.#outages = foldOutages(this.#outages, entry);
      decisive ||= this.#outages.outages !== outages;
      const line = timelineLine(entry);
      if (line) {
        this.#insert(line);
        lines++;
      }
    }
    if (lines > 0) {
      if (this.#timeline.length > TIMELINE_CAPACITY) this.#timeline = this.#timeline.slice(-TIMELINE_CAPACITY);
      this.#store.setState({ timeline: [...this.#timeline] });
    }
    if (decisive) this.#project();
  }

  /** By time: what is learned late (an alarm's own transition, the detection) goes where it belongs. */
  #insert(line: TimelineLine): void {
    let at = this.#timeline.length;
    while (at > 0 && (this.#timeline[at - 1]?.atMs ?? 0) > line.atMs) at--;
    this.#timeline.splice(at, 0, line);
  }

  #project(): void {
    const decisive = this.decisiveEntries;
    const view = incidentView(decisive);
    // Before its opening entry an incident is shown as it is about to be opened.
    if (view.openedAt === "") return;
    this.#store.setState((state) => ({
      incident: {
        ...state.incident,
        // A record may come from anybody: what it says is drawn as text only.
        title: sanitizeLine(view.title),
        severity: view.severity,
        declaredAtMs: view.declaredAtMs,
        detectedAtMs: view.detected?.atMs,
        acknowledgedAtMs: view.acknowledged?.atMs,
        containedAtMs: view.contained?.atMs,
        resolvedAtMs: view.resolved?.atMs,
        breakGlass: shownBreakGlass(decisive),
        blastRadius: view.blastRadius && {
          environment: sanitizeLine(view.blastRadius.environment),
          components: view.blastRadius.components.map((component) => sanitizeLine(component)),
        },
      },
      objectives: recoveryObjectives(decisive, this.#outages.outages),
      communication: communicationView(decisive, state.communication.contacts),
      heldOpen: undoLedger(decisive).map((held): HeldOpen => {
        const known = state.heldOpen.find((other) => other.runId === held.runId);
        return {
          runId: held.runId,
          title: sanitizeLine(held.title),
          badge: sanitizeLine(held.badge ?? ""),
          sinceMs: held.sinceMs,
          guard: known?.guard ?? (held.badge ? "unknown" : "none"),
          ...(known?.message ? { message: known.message } : {}),
          ...(known?.by ? { by: known.by } : {}),
        };
      }),
    }));
  }
}

function shownBreakGlass(entries: readonly RecordEntry[]): CockpitState["incident"]["breakGlass"] {
  const use = decisiveUse(breakGlassUses(entries));
  if (!use) return undefined;
  const second = use.confirmed?.by ?? use.requested.second;
  return {
    inUse: use.opened !== undefined && use.ended === undefined,
    wasUsed: use.opened !== undefined,
    // 0: it acts with the credentials that the cockpit was started with.
    ...(use.opened?.expiresAtMs ? { untilMs: use.opened.expiresAtMs } : {}),
    principal: sanitizeLine(use.principal),
    people: [use.requested.by, second].map((name) => sanitizeLine(name)),
    steps: breakGlassProcedure(use).map((step) => ({ ...step, detail: sanitizeLine(step.detail) })),
    draft: sanitizeText(breakGlassDraft(use)),
  };
}

function isDecisive(entry: RecordEntry): boolean {
  return !entry.kind.startsWith("observation.") && !entry.kind.startsWith("state.") && entry.kind !== "evidence.stored";
}
