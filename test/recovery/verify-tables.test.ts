import { expect, it } from "vitest";
import { verifyTables } from "../../src/recovery/nessie/verify-tables.ts";
import { account, layerOf } from "../incident/support.ts";

it("restored tables are right only with the same keys, with items, and with the objects that their references point to", async () => {
  const simulator = await account();
  const { dynamodb, names } = simulator.world;
  const aws = await layerOf(simulator);
  const [refs, objs] = [`${names.prefix}-nessie_refs`, `${names.prefix}-nessie_objs`];
  const wrongOf = async (...targets: [refs: string, objs: string]) => {
    const pairs = [
      { role: "refs" as const, source: refs, target: targets[0] },
      { role: "objs" as const, source: objs, target: targets[1] },
    ];
    return (await verifyTables({ aws }, pairs, () => undefined)).wrong;
  };
  expect(await wrongOf(refs, objs)).toEqual([]);
  const { keySchema } = dynamodb.byName.get(objs)!.identity;
  dynamodb.add({ name: "empty_objs", keySchema }, 0);
  expect(await wrongOf(refs, "empty_objs")).toEqual([
    "empty_objs is empty",
    expect.stringMatching(/^refs\/heads\/\S+ points at [0-9a-f]+, which empty_objs does not have$/),
  ]);
  dynamodb.add({ name: "other_refs", keySchema: { ...keySchema, hash: "name" } }, 0);
  expect(await wrongOf("other_refs", objs)).toEqual([
    `other_refs has another key schema than ${refs}`,
    "other_refs is empty",
    "other_refs has no reference",
  ]);
});
