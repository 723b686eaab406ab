/** What the panes show, in the field's terms. Plain data: times are domain ms since the epoch, all text is sanitised. */

export interface ServiceView {
  cluster: string;
  name: string;
  arn: string;
  status: string;
  desired: number;
  running: number;
  pending: number;
  /** family:revision of the primary deployment. */
  taskDefinition: string;
  deployments: DeploymentView[];
  /** Newest first, as ECS returns them. */
  events: { id: string; atMs: number; message: string }[];
  /** null: the service has no scalable target. undefined: not known (denied or not read yet). */
  scaling?: ScalingView | null;
  tasks: TaskView[];
}

export interface DeploymentView {
  id: string;
  status: string;
  rolloutState: string;
  rolloutReason: string;
  desired: number;
  running: number;
  pending: number;
  failedTasks: number;
  taskDefinition: string;
  createdAtMs: number;
}

export interface ScalingView {
  min: number;
  max: number;
  suspended: { dynamicScalingIn: boolean; dynamicScalingOut: boolean; scheduledScaling: boolean };
}

export interface TaskView {
  /** The short id: the last part of the ARN. */
  id: string;
  arn: string;
  lastStatus: string;
  desiredStatus: string;
  health: string;
  taskDefinition: string;
  createdAtMs?: number;
  startedAtMs?: number;
  stoppedAtMs?: number;
  stopCode?: string;
  stoppedReason?: string;
  containers: { name: string; lastStatus: string; exitCode?: number; reason?: string }[];
}

/** A container of a compose project. */
export interface ContainerView {
  /** The short id: its first 12 digits. */
  id: string;
  name: string;
  service: string;
  project: string;
  /** created | running | paused | restarting | removing | exited | dead */
  state: string;
  /** starting | healthy | unhealthy; empty without a health check, and while it does not run. */
  health: string;
  image: string;
  restartCount: number;
  /** no | always | unless-stopped | on-failure */
  restartPolicy: string;
  /** 0: no limit. */
  memoryLimitBytes: number;
  /** Of its present or last life. */
  startedAtMs?: number;
  /** How it ended last; undefined when it never has. */
  lastExit?: ContainerExit;
}

/** Exit code and cause are undefined where docker has forgotten them: it does when the container starts again. */
export interface ContainerExit {
  atMs: number;
  exitCode?: number;
  oomKilled?: boolean;
}

export interface TargetGroupView {
  name: string;
  arn: string;
  targets: TargetView[];
}

export interface TargetView {
  id: string;
  port: number;
  zone?: string;
  /** initial | healthy | unhealthy | unhealthy.draining | unused | draining | unavailable */
  state: string;
  /** ELBv2 reason code such as Target.Timeout. */
  reason?: string;
  description?: string;
  /** When the cockpit first saw this state: a lower bound of its age. */
  sinceMs: number;
}

/** What an alarm on one metric looks at. */
export interface AlarmMetric {
  namespace: string;
  name: string;
  statistic: string;
  dimensions: Record<string, string>;
  threshold?: number;
  /** As in `condition`: ">", "<=" ... */
  comparison: string;
  /** What CloudWatch takes periods without data points for: missing | notBreaching | breaching | ignore. */
  missingData: string;
}

/** What the cockpit watches, by name: what AWS reports is matched to a component by it. */
export interface LakehouseNames {
  catalogType: "nessie" | "glue";
  nessie?: { cluster: string; service: string; targetGroup: string; tables: string[] };
  dagster?: { cluster: string; services: string[] };
}

export interface AlarmView {
  name: string;
  arn: string;
  /** OK | ALARM | INSUFFICIENT_DATA */
  state: string;
  reason: string;
  /** When the present state began: from the history where it reaches back that far, else StateTransitionedTimestamp. */
  sinceMs: number;
  /** "CPUUtilization > 80, 3 x 300 s" */
  condition: string;
  /** Undefined for composite alarms and metric math. */
  metric?: AlarmMetric;
  actionsEnabled: boolean;
  actionCount: number;
  /** ARNs of whom it tells when it goes into ALARM. */
  notifies?: string[];
  /** State transitions, newest first. */
  history: { atMs: number; from: string; to: string; summary: string }[];
}

export interface MetricSeries {
  id: string;
  label: string;
  unit: "percent" | "count" | "milliseconds" | "bytes";
  /** Oldest first. */
  points: { atMs: number; value: number }[];
  periodMs: number;
  /** Above this value the pane marks it; from the alarm or the deployment. */
  threshold?: number;
}

export interface LogGroupState {
  logGroup: string;
  /** Lines taken in since the start. */
  ingested: number;
  /** Events that arrived again and were dropped by their event id. */
  duplicates: number;
  /** Lines that arrived behind the newest timestamp and were put in order. */
  late: number;
  /** Times at which the source may have lost lines (a failed poll longer than the overlap window, sampling). */
  gaps: number;
  /** Lines in the last full minute of domain time. */
  linesPerMinute: number;
  /** Share of those that are errors, 0 to 1. */
  errorShare: number;
}

export type LogLevel = "error" | "warn" | "info" | "debug" | "none";

export interface LogLine {
  /** Position in the order of arrival; unique and stable. */
  sequence: number;
  eventId: string;
  atMs: number;
  logGroup: string;
  stream: string;
  level: LogLevel;
  /** Sanitised, one line, no SGR. */
  text: string;
}
