import { readFile } from "node:fs/promises";
import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";

/**
 * The text of a configuration file, or undefined when there is none.
 * @throws Failure when it is there and cannot be read.
 */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new Failure(
      {
        kind: "invalid",
        what: `Reading ${sanitizeLine(path)}`,
        why: code === "EISDIR" ? "it is a folder, not a file" : `it cannot be read (${code ?? "unknown error"})`,
        next: "Give another file with --config, or make this one readable for you.",
      },
      { cause: error },
    );
  }
}
