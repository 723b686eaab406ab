import type * as Wire from "@aws-sdk/client-cloudwatch-logs";
import { AwsError } from "../../wire/aws-error.ts";
import type { Operations } from "../../wire/types.ts";
import type { ExportTask } from "../../world/logs/exports.ts";
import type { Region } from "../../world/region.ts";
import { pageOf } from "../paging.ts";
import { groupOf, invalidParameter } from "./groups.ts";

/** Export tasks a page (CloudWatch Logs API reference). */
const PAGE_SIZE = 50;

const MESSAGES = {
  PENDING: undefined,
  RUNNING: "Started successfully",
  COMPLETED: "Completed successfully",
  CANCELLED: "Cancelled by user",
};

function taskView(task: ExportTask): Wire.ExportTask {
  return {
    taskId: task.id,
    taskName: task.name,
    logGroupName: task.group.name,
    from: task.fromMs,
    to: task.toMs,
    destination: task.bucket.name,
    destinationPrefix: task.prefix,
    status: { code: task.status, message: MESSAGES[task.status] },
    executionInfo: { creationTime: task.createdAtMs, completionTime: task.completedAtMs },
  };
}

/** Exports of log groups to S3. */
export function exportOperations(region: Region): Operations<typeof Wire> {
  const { logExports } = region;
  return {
    CreateExportTask: (input) => {
      const group = groupOf(region, input.logGroupName);
      const { from = 0, to = 0 } = input;
      if (from >= to) throw invalidParameter("Start time should be less than end time");
      const bucket = region.account.buckets.byName.get(input.destination ?? "");
      if (bucket?.region !== region.names.region)
        throw invalidParameter(
          `GetBucketAcl call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to perform this operation.`,
        );
      const {
        taskName: name,
        logStreamNamePrefix: streamPrefix = "",
        destinationPrefix: prefix = "exportedlogs",
      } = input;
      return { taskId: logExports.start({ name, group, streamPrefix, fromMs: from, toMs: to, bucket, prefix }).id };
    },
    DescribeExportTasks: (input) => {
      const found = logExports.tasks.filter(
        (task) =>
          (input.taskId === undefined || task.id === input.taskId) &&
          (input.statusCode === undefined || task.status === input.statusCode),
      );
      if (input.taskId !== undefined && found.length === 0)
        throw new AwsError("ResourceNotFoundException", "The specified export task does not exist.");
      const page = pageOf(found, Math.min(PAGE_SIZE, input.limit ?? PAGE_SIZE), input.nextToken, () =>
        invalidParameter("The specified nextToken is invalid."),
      );
      return { exportTasks: page.items.map(taskView), nextToken: page.next };
    },
    CancelExportTask: (input) => {
      const task = logExports.tasks.find((candidate) => candidate.id === input.taskId);
      if (!task) throw new AwsError("ResourceNotFoundException", "The specified export task does not exist.");
      logExports.cancel(task);
      return {};
    },
  };
}
