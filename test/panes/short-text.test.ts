import { expect, test } from "vitest";
import { shortText } from "../../src/panes/short-text.ts";
import { fixtureState } from "../support/fixture-data.ts";

const GROUP = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/lakehouse-prod-nessie/8fb288b8eca786ae";
const state = fixtureState();

test.each([
  [`(service lakehouse-prod-nessie) registered 1 targets in (target-group ${GROUP})`, "registered 1 target"],
  [
    `(service nessie) (port 19120) is unhealthy in (target-group ${GROUP}) due to (reason Request timed out)`,
    "port 19120 is unhealthy: Request timed out",
  ],
  ["has started 1 tasks: (task ab20ad108e5d1738e273501749d6384c).", "has started 1 task ab20ad10."],
  ["has stopped 1 running tasks: (task ab20ad108e5d1738e273501749d6384c).", "has stopped 1 running task ab20ad10."],
  ["has started 2 tasks: (task 1231cf3d) (task 68f6e580).", "has started 2 tasks 1231cf3d 68f6e580."],
  ["(task 68f6e580) failed container health checks.", "task 68f6e580 failed container health checks."],
  [
    "target 10.0.11.95:19120: initial (Elb.RegistrationInProgress, Target registration is in progress)",
    "target 10.0.11.95:19120: initial (Elb.RegistrationInProgress)",
  ],
  [`seen at ${GROUP}, again`, "seen at nessie, again"],
  [
    "task arn:aws:ecs:us-east-1:111122223333:task/lakehouse-prod-nessie/ab20ad108e5d1738e273501749d6384c stopped",
    "task ab20ad10 stopped",
  ],
  [
    "lakehouse-prod-nessie-unhealthy-hosts: OK -> ALARM: Threshold Crossed: 2 out of the last 2 datapoints [1.0 (23/11/26 11:46:00), 1.0 (23/11/26 11:45:00)] were greater than the threshold (0.0) (minimum 2 datapoints for OK -> ALARM transition).",
    "nessie-unhealthy-hosts: OK -> ALARM: Threshold Crossed: 2 out of the last 2 datapoints were greater than the threshold (0.0).",
  ],
  ["/ecs/lakehouse-prod-nessie: log of nessie ended", "/ecs/lakehouse-prod-nessie: log of nessie ended"],
  [
    'text: we left {"Principal":{"AWS":"arn:aws:iam::111122223333:role/ops/etl"},"Resource":["arn:aws:s3:::b/*"]}',
    'text: we left {"Principal":{"AWS":"arn:aws:iam::111122223333:role/ops/etl"},"Resource":["arn:aws:s3:::b/*"]}',
  ],
  ["has reached a steady state.", "has reached a steady state."],
])("%s", (text, short) => expect(shortText(text, state)).toBe(short));
