/** The part of an SDK client that the layer uses; every service's client has it. */
export interface SdkClient {
  send(command: object, options: SendOptions): Promise<object>;
  middlewareStack: { use(plugin: object): void; remove(middleware: string): boolean };
  destroy(): void;
}

export interface SdkCommand {
  middlewareStack: { add(middleware: (next: Next) => (call: object) => Promise<object>, options: object): void };
}

type Next = (call: object) => Promise<{ response?: { headers?: Record<string, string> } }>;

export interface SendOptions {
  abortSignal?: AbortSignal;
  /** Machine ms until the answer must be there. */
  requestTimeout?: number;
}
