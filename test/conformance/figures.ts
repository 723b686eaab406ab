import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the suite counts; a part that has not run is missing. */
export interface Figures {
  /** Operations that the simulator serves. */
  operations?: number;
  boto3Cases?: number;
  /** Contract cases that run through the JavaScript SDK against the simulator. */
  sdkCases?: number;
  /** Of these, those that moto's server answers in the same way. */
  sharedCases?: number;
  /** Operations that at least one shared case calls. */
  sharedOperations?: number;
}

/** Keeps figures for the line at the end. @param folder inject("figures"). @param part the test file's name. */
export function keepFigures(folder: string, part: string, figures: Figures): void {
  writeFileSync(join(folder, `${part}.json`), JSON.stringify(figures));
}

export function figuresLine(figures: Figures): string {
  const { operations = "?", boto3Cases = "?", sdkCases = "?", sharedCases = "?", sharedOperations = "?" } = figures;
  return (
    `Conformance: ${operations} operations, ${boto3Cases} cases by boto3, ${sdkCases} by the JS SDK; ` +
    `${sharedCases} of them, with ${sharedOperations} operations, have the same results at moto.`
  );
}
