import { runSimDocker } from "../../src/cli/commands/sim-docker.ts";

const [endpoint = "", ...args] = process.argv.slice(2);
process.exit(await runSimDocker(endpoint, args));
