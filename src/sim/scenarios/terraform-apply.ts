import type { Scenario } from "../scenario.ts";
import { type ApplySchedule, terraformPipeline } from "../world/terraform/apply.ts";

/** The same incident where CI applies the template meanwhile, which undoes what responders change behind its back. */
export function withTerraformApply(scenario: Scenario, schedule: ApplySchedule): Scenario {
  const first = Math.round(schedule.atMs / 60_000);
  const every = Math.round((schedule.everyMs ?? 0) / 60_000);
  const when = every === 0 ? `after ${first} minutes` : `after ${first} minutes and then every ${every}`;
  return {
    ...scenario,
    id: `${scenario.id}:terraform-apply`,
    title: `${scenario.title}, and CI applies Terraform`,
    description: `As ${scenario.id}, and ${when} CI runs terraform apply, which undoes containment unless the state's lock is held.`,
    arrange: (world) => {
      // First, so that the template's values are those from before the incident.
      terraformPipeline(world)(schedule);
      scenario.arrange(world);
    },
  };
}
