import type { CockpitState } from "../state/store.ts";

/** The name at the end of an ARN: 8 characters of a task's id, the name of a target group or a load balancer. */
function arnName(resource: string): string {
  const parts = resource.split(/[/:]/);
  switch (parts[0]) {
    case "targetgroup":
      return parts[1] ?? resource;
    case "loadbalancer":
      return parts[2] ?? resource;
    default:
      return parts.at(-1) || resource;
  }
}

/**
 * A message of AWS or of the timeline as the panes draw it: without the service and the target group that the pane is about anyway,
 * with names for ARNs, 8 characters for ids, and without the deployment's prefix. The record, evidence and copies of a pane
 * at its full width keep what they have. A quoted ARN stays whole: it is text of a policy or another document.
 */
export function shortText(text: string, state: Pick<CockpitState, "incident">): string {
  const prefix = `${state.incident.project}-${state.incident.environment}-`;
  return text
    .replace(/\(service [^)]*\)\s*/g, "")
    .replace(/\s+in \(target-group [^)]*\)/g, "")
    .replace(/(?<!["'])arn:aws[\w-]*:[\w-]+:[\w-]*:\d*:([^\s,;()[\]]+)/g, (_arn, resource: string) => arnName(resource))
    .replace(/\b([0-9a-f]{8})(?:[0-9a-f]{24}|-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b/g, "$1")
    .replace(/ due to \(reason ([^)]*)\)/g, ": $1")
    .replace(/tasks: ((?:\(task [^()]+\) ?)+)/g, (_all, list: string) => `tasks ${list.replace(/\(task |\)/g, "")}`)
    .replace(/:? ?\((task|instance|deployment|port) ([^\s()]+)\)/g, " $1 $2")
    .replace(/\(((?:Target|Elb)\.\w+), [^()]*\)/g, "($1)")
    .replace(/\b1 (running )?(task|target)s\b/g, "1 $1$2")
    .replace(/(datapoints?) \[[^\]]*\]/g, "$1")
    .replace(/ \(minimum \d+ datapoints? for [^)]*\)/g, "")
    .replace(/(^|\s)(\S+)/g, (all, space: string, word: string) =>
      word.startsWith(prefix) && word.length > prefix.length ? space + word.slice(prefix.length) : all,
    )
    .trim();
}
