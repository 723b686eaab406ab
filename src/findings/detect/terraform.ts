import { MANAGED_BY } from "../facts/terraform.ts";
import { detector } from "./detector.ts";

/** An apply brings everything back to what the configuration says. */
export const terraformResets = detector({
  id: "terraform-resets",
  question: "whether Terraform can take back what a responder does",
  facts: ["nessie", "terraform"],
  shows: / (describe-services|get-bucket-tagging|head-object) /,
  detect({ nessie, terraform }, { deployment }) {
    const isTerraform = (tags: Record<string, string>) => tags[MANAGED_BY]?.toLowerCase() === "terraform";
    const evidence = [
      ...(nessie && isTerraform(nessie.tags)
        ? [`Service ${nessie.name} has the tag ${MANAGED_BY}=${nessie.tags[MANAGED_BY]}`]
        : []),
      ...(isTerraform(terraform.bucketTags)
        ? [`Bucket ${deployment.buckets.lakehouse} has the tag ${MANAGED_BY}=${terraform.bucketTags[MANAGED_BY]}`]
        : []),
      ...(terraform.state ? [`State ${terraform.state.place}, written ${terraform.state.writtenAt}`] : []),
    ];
    if (evidence.length === 0) return [];
    const desired = nessie ? `sets Nessie's desired count back (it is ${nessie.desired} now), and ` : "";
    return [
      {
        severity: "medium",
        title: "Any terraform apply takes containment back",
        means: `An apply ${desired}drops statements that were added to the bucket policy: behind your back, by CI too.`,
        next: "Stop the pipeline or hold the state's lock while something is contained, and watch the badge: mayday says when a containment is undone, and by whom.",
        evidence,
      },
    ];
  },
});
