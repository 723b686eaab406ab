// A process that takes the write lock of the database in argv[2] and keeps it for argv[3] ms.
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";

const database = new DatabaseSync(process.argv[2] ?? "");
database.exec("BEGIN IMMEDIATE");
process.stdout.write("held\n");
await wait(Number(process.argv[3]));
database.exec("ROLLBACK");
database.close();
process.stdout.write("released\n");
