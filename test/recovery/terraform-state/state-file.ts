/** A state as Terraform writes it: the serial on the third line, two blanks of indentation, a line break at the end. */
export function stateText(parts: { serial: number; lineage?: string; resources?: object[] }): string {
  const { serial, lineage = "5f0c2f5e-6f5c-4c8e-9d5e-0d8a3c1b2a3f", resources = [] } = parts;
  const state = {
    version: 4,
    terraform_version: "1.9.8",
    serial,
    lineage,
    outputs: {},
    resources,
    check_results: null,
  };
  return `${JSON.stringify(state, undefined, 2)}\n`;
}

/** A managed resource with one instance for each set of attributes. */
export function resource(type: string, name: string, ...attributes: object[]): object {
  return {
    module: "module.storage",
    mode: "managed",
    type,
    name,
    provider: 'provider["registry.terraform.io/hashicorp/aws"]',
    instances: attributes.map((value, index) => ({
      ...(attributes.length > 1 && { index_key: index }),
      schema_version: 0,
      attributes: value,
      sensitive_attributes: [],
    })),
  };
}

/** The text in pieces of so many bytes, as a network gives it. */
export async function* pieces(text: string | Uint8Array, bytes: number): AsyncGenerator<Uint8Array> {
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes);
}
