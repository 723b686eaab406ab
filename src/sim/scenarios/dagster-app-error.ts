import type { Scenario } from "../scenario.ts";
import { dagsterBehaviour } from "../world/dagster/dagster.ts";
import type { World } from "../world/world.ts";
import { daemonRuns, runsSucceed, stoppedOr } from "./dagster-conditions.ts";
import { quiet } from "./quiet.ts";

const MINUTE_MS = 60_000;
/** The release whose code cannot be loaded. */
const BROKEN_RELEASE = "2026.46.0";

const isBroken = (image: string) => image.endsWith(`:${BROKEN_RELEASE}`);

const TRACEBACK = [
  "Traceback (most recent call last):",
  '  File "/usr/local/bin/dagster-daemon", line 8, in <module>',
  "    sys.exit(main())",
  '  File "/usr/local/lib/python3.11/site-packages/dagster/_daemon/cli/__init__.py", line 72, in run_command',
  "    _daemon_run_command(instance, log_level, code_server_log_level, instance_ref, workspace)",
  '  File "/usr/local/lib/python3.11/site-packages/dagster/_core/code_pointer.py", line 134, in load_python_module',
  "    return importlib.import_module(module_name)",
  '  File "/app/lakehouse/definitions.py", line 14, in <module>',
  "    from lakehouse.utils.retention import RetentionPolicy",
  "ModuleNotFoundError: No module named 'lakehouse.utils.retention'",
];

function arrange(world: World): void {
  quiet.arrange(world);
  const random = world.random("scenario/dagster-app-error");
  const { dagster } = world;
  dagster.behaviourOf = (task, stream) => {
    const healthy = dagsterBehaviour(stream);
    if (!isBroken(task.definition.container.image)) return healthy;
    const exit = { afterMs: stream.between(7_000, 11_000), exitCode: 1 };
    return { ...healthy, readyAfterMs: Number.POSITIVE_INFINITY, exit };
  };
  dagster.lastWords = (task) => (task.exitCode === 1 ? TRACEBACK : []);
  world.kernel.at(world.epochMs - random.between(6, 9) * MINUTE_MS, () => {
    const by = world.principals.roleSession("data-engineer", `release-${BROKEN_RELEASE}`);
    const { image } = dagster.home.daemonProgram().container;
    dagster.home.release(by, { image: image.replace(/:[^:]+$/, `:${BROKEN_RELEASE}`) });
  });
}

const worksAgain = (world: World) => daemonRuns(world, (_memoryMb, image) => !isBroken(image)) && runsSucceed(world);

/** A release of Dagster's code that fails when it is loaded: its tasks exit with 1, again and again. */
export const dagsterAppError: Scenario = {
  id: "dagster-app-error",
  title: "Dagster does not start",
  description:
    "After a release Dagster's daemon exits with code 1 seconds after each start; its log ends in a Python traceback. No schedule, sensor or run works.",
  catalogs: ["nessie", "glue"],
  diagnosis: {
    verdict: "dagster-application-error",
    text: "The daemon's new revision ends with exit code 1 on an error of its own code (ModuleNotFoundError in the traceback), since the last UpdateService.",
  },
  contained: stoppedOr("it runs a release that starts, and runs succeed.", worksAgain),
  resolved: {
    text: "The daemon has run another release for ten minutes, and all runs of the last fifteen minutes succeeded.",
    holds: worksAgain,
  },
  arrange,
};
