import type { FactReader } from "./reader.ts";

export const operations = ["iam:ListAttachedRolePolicies", "iam:ListRolePolicies"];

/** One of the lakehouse's roles for people and jobs. */
export interface RoleFacts {
  name: string;
  /** Attached and inline policies. */
  policies: number;
}

/** The template's roles for access to the tables, as far as they are there. */
export async function readRoles(reader: FactReader): Promise<RoleFacts[]> {
  const { project, environment } = reader.context.deployment;
  const names = ["reader", "writer", "admin"].map((kind) => `${project}-${environment}-lakehouse-${kind}`);
  const found = await Promise.all(
    names.map(async (RoleName): Promise<RoleFacts[]> => {
      const [attached, inline] = await Promise.all([
        reader.callIfThere("iam", "ListAttachedRolePolicies", { RoleName }),
        reader.callIfThere("iam", "ListRolePolicies", { RoleName }),
      ]);
      if (!attached || !inline) return [];
      return [
        { name: RoleName, policies: (attached.AttachedPolicies ?? []).length + (inline.PolicyNames ?? []).length },
      ];
    }),
  );
  return found.flat();
}
