import { createHash } from "node:crypto";
import { sanitizeLine } from "../../base/text.ts";
import { CanonicalValue } from "./canonical-value.ts";
import { JsonProblem, JsonTokens, type TokenHandler } from "./json-tokens.ts";

/** Where something stands in the file: bytes, `start` inclusive and `end` exclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * What is taken from a state file. Values of attributes and outputs are never part of it: of a resource there are its address and a
 * hash of its attributes, which only tells whether they differ.
 */
export interface StateFile {
  /** Set: it cannot be used as a state, and why. Never quotes the content. */
  problem?: string;
  /** As far as they could be read, also of a damaged file. */
  serial?: number;
  lineage?: string;
  terraformVersion?: string;
  serialAt?: ByteRange;
  /** Managed resource instances: address -> hash of the attributes. */
  resources: ReadonlyMap<string, string>;
  bytes: number;
  /** Hexadecimal. MD5 is what Terraform's digest item holds. */
  md5: string;
  sha256: string;
}

/** The only format that Terraform has written since 0.12. */
const FORMAT_VERSION = 4;

/**
 * Reads a state file as it comes, in memory that does not grow with it beyond the list of addresses. A file that is damaged or no
 * state at all is no error: `problem` says so. Rejects only when the source does.
 */
export async function readState(source: AsyncIterable<Uint8Array>): Promise<StateFile> {
  const md5 = createHash("md5");
  const sha256 = createHash("sha256");
  const reader = new StateReader();
  const tokens = new JsonTokens(reader);
  let bytes = 0;
  let broken: JsonProblem | undefined;
  const attempt = (work: () => void) => {
    try {
      if (!broken) work();
    } catch (error) {
      if (!(error instanceof JsonProblem)) throw error;
      broken = error;
    }
  };
  for await (const chunk of source) {
    md5.update(chunk);
    sha256.update(chunk);
    bytes += chunk.byteLength;
    attempt(() => tokens.write(chunk));
  }
  attempt(() => tokens.end());
  const problem = bytes === 0 ? "it is empty" : (broken?.message ?? reader.problem());
  return {
    ...(problem ? { problem } : {}),
    ...reader.facts(),
    resources: reader.resources,
    bytes,
    md5: md5.digest("hex"),
    sha256: sha256.digest("hex"),
  };
}

interface Instance {
  index: string;
  hash: string;
}

/** One element of `resources`, until it ends: its members may come in any order. */
interface ResourceInProgress {
  module: string;
  mode: string;
  type: string;
  name: string;
  instances: Instance[];
  instance: Instance;
}

const TOP = new Set(["version", "terraform_version", "serial", "lineage", "encrypted_data"]);

/** Follows the path through the file and keeps what StateFile has. */
class StateReader implements TokenHandler {
  readonly resources = new Map<string, string>();
  readonly #path: string[] = [];
  readonly #top = new Map<string, { text: string; kind: string; at: ByteRange }>();
  #isTwice = false;
  #root: "object" | "array" | undefined;
  #resource: ResourceInProgress | undefined;
  /** The attributes that are being read, and how deep in them we are. */
  #attributes: { value: CanonicalValue; depth: number } | undefined;

  open(kind: "object" | "array"): void {
    if (this.#attributes) {
      this.#attributes.value.open(kind);
      this.#attributes.depth++;
      return;
    }
    if (this.#isAttributes()) {
      this.#attributes = { value: new CanonicalValue(), depth: 1 };
      this.#attributes.value.open(kind);
      return;
    }
    this.#root ??= kind;
    if (this.#isAt("resources", "#")) this.#resource = emptyResource();
    if (this.#isAt("resources", "#", "instances", "#") && this.#resource)
      this.#resource.instance = { index: "", hash: "" };
    this.#path.push(kind === "array" ? "#" : "");
  }

  key(name: string): void {
    if (this.#attributes) this.#attributes.value.key(name);
    else this.#path[this.#path.length - 1] = name;
  }

  close(): void {
    if (this.#attributes) {
      this.#attributes.value.close();
      if (--this.#attributes.depth === 0) this.#attributesEnded();
      return;
    }
    this.#path.pop();
    if (this.#isAt("resources", "#", "instances", "#")) this.#resource?.instances.push(this.#resource.instance);
    if (this.#isAt("resources", "#")) this.#resourceEnded();
  }

  scalar(kind: "string" | "number" | "literal", text: string, start: number, end: number): void {
    if (this.#attributes) {
      this.#attributes.value.scalar(kind, text);
      return;
    }
    const [first = "", , third = "", , fifth = ""] = this.#path;
    if (this.#path.length === 1 && TOP.has(first)) {
      if (this.#top.has(first)) this.#isTwice = true;
      this.#top.set(first, { text, kind, at: { start, end } });
    } else if (this.#isAt("resources", "#", third) && kind === "string" && this.#resource) {
      if (third === "module" || third === "mode" || third === "type" || third === "name") this.#resource[third] = text;
    } else if (this.#isAt("resources", "#", "instances", "#", fifth) && this.#resource) {
      const { instance } = this.#resource;
      if (fifth === "index_key") instance.index += kind === "string" ? `[${JSON.stringify(text)}]` : `[${text}]`;
      if (fifth === "deposed" && kind === "string") instance.index += ` (deposed ${text})`;
    }
  }

  /** Why what was read is no state; undefined when it is one. */
  problem(): string | undefined {
    if (this.#root !== "object") return "it is JSON, but no Terraform state";
    if (this.#isTwice) return "it names serial or lineage twice";
    if (this.#top.has("encrypted_data")) return "it is an encrypted state (OpenTofu): what is in it cannot be told";
    const { serial, lineage } = this.facts();
    const version = this.#top.get("version")?.text;
    if (version !== undefined && version !== String(FORMAT_VERSION))
      return `it has the format version ${sanitizeLine(version).slice(0, 20)}, and only ${FORMAT_VERSION} is understood`;
    if (version === undefined || serial === undefined || lineage === undefined)
      return "it is JSON, but no Terraform state: version, serial or lineage are missing";
    return undefined;
  }

  facts(): Pick<StateFile, "serial" | "lineage" | "terraformVersion" | "serialAt"> {
    const serial = this.#top.get("serial");
    const lineage = this.#top.get("lineage");
    const version = this.#top.get("terraform_version");
    const number = serial && /^\d{1,15}$/.test(serial.text) ? Number(serial.text) : undefined;
    return {
      ...(serial && number !== undefined ? { serial: number, serialAt: serial.at } : {}),
      ...(lineage?.kind === "string" && lineage.text !== "" ? { lineage: short(lineage.text) } : {}),
      ...(version?.kind === "string" ? { terraformVersion: short(version.text) } : {}),
    };
  }

  #isAttributes(): boolean {
    const last = this.#path.at(-1);
    return (
      (last === "attributes" || last === "attributes_flat") && this.#isAt("resources", "#", "instances", "#", last)
    );
  }

  #isAt(...path: string[]): boolean {
    return this.#path.length === path.length && path.every((segment, index) => this.#path[index] === segment);
  }

  #attributesEnded(): void {
    const text = this.#attributes?.value.text ?? "";
    this.#attributes = undefined;
    if (this.#resource) this.#resource.instance.hash = createHash("sha256").update(text).digest("hex");
  }

  #resourceEnded(): void {
    const resource = this.#resource;
    this.#resource = undefined;
    // What a data source found is read anew by every plan.
    if (resource?.mode !== "managed") return;
    const { module, type, name, instances } = resource;
    for (const { index, hash } of instances)
      this.resources.set(sanitizeLine(`${module ? `${module}.` : ""}${type}.${name}${index}`), hash);
  }
}

const emptyResource = (): ResourceInProgress => ({
  module: "",
  mode: "",
  type: "",
  name: "",
  instances: [],
  instance: { index: "", hash: "" },
});

/** A name that came from outside: safe to draw, and no longer than one of its kind. */
const short = (text: string): string => sanitizeLine(text).slice(0, 64);
