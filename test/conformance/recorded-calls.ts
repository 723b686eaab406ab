import type { InitializeMiddleware, MiddlewareStack } from "@smithy/types";
import type { Clients } from "./clients.ts";

/** `<client>:<Operation>Command` of calls that succeeded. */
export type CalledOperations = Set<string>;

/** The clients, whose calls that succeed are noted from now on. */
export function recordCalls(clients: Clients, called: CalledOperations): Clients {
  for (const [name, client] of Object.entries(clients)) {
    const note: InitializeMiddleware<object, object> = (next, context) => async (request) => {
      const result = await next(request);
      called.add(`${name}:${context.commandName}`);
      return result;
    };
    const stack = client.middlewareStack as unknown as MiddlewareStack<object, object>;
    stack.add(note, { step: "initialize", name: "noteCall" });
  }
  return clients;
}
