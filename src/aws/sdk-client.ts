/** The part of an SDK client that the layer uses; every service's client has it. */
export interface SdkClient {
  send(command: object, options: { abortSignal?: AbortSignal; requestTimeout?: number }): Promise<object>;
  middlewareStack: { use(plugin: object): void };
  destroy(): void;
}

export interface SdkCommand {
  middlewareStack: { add(middleware: (next: Next) => (call: object) => Promise<object>, options: object): void };
}

type Next = (call: object) => Promise<{ response?: { headers?: Record<string, string> } }>;
