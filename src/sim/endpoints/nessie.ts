import { bodyOf, type HttpEndpoint, jsonReply } from "../wire/http-endpoint.ts";
import type { WireReply, WireRequest } from "../wire/types.ts";
import type { NessieCatalog } from "../world/nessie/catalog.ts";
import { NessieError } from "../world/nessie/model.ts";
import type { NessieServer } from "../world/nessie/server.ts";
import { readContents, readDiff, readEntries, readHistory, readReferences } from "./nessie/reads.ts";
import { resolve } from "./nessie/spec.ts";
import { configView, referenceView } from "./nessie/views.ts";
import { assign, commit, create, remove } from "./nessie/writes.ts";

const PREFIX = "/nessie/api/v2";

/** Reason phrases of the statuses that Nessie answers with. */
const REASONS: Record<number, string> = {
  400: "Bad Request",
  404: "Not Found",
  409: "Conflict",
  429: "Too Many Requests",
  500: "Internal Server Error",
};

function errorReply({ status, code, message }: NessieError): WireReply {
  return jsonReply(status, { status, reason: REASONS[status], message, errorCode: code });
}

const BALANCER_ERRORS: Record<number, string> = {
  500: "500 Internal Server Error",
  502: "502 Bad Gateway",
  503: "503 Service Temporarily Unavailable",
  504: "504 Gateway Time-out",
};

/** The page of an Application Load Balancer that has no answer of a target. */
function balancerReply(status: number): WireReply {
  const title = BALANCER_ERRORS[status] ?? String(status);
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { "content-type": "text/html", server: "awselb/2.0" }, body };
}

const segmentsOf = (request: WireRequest) =>
  request.url.pathname.slice(PREFIX.length).split("/").filter(Boolean).map(decodeURIComponent);

function respond(catalog: NessieCatalog, request: WireRequest, nowMs: number): object {
  const { method, url } = request;
  const query = url.searchParams;
  const body = () => {
    const read = bodyOf(request);
    if (!read) throw new NessieError(400, "BAD_REQUEST", "The request has no readable JSON body.");
    return read;
  };
  const [area, ref = "", part, rest, ...more] = segmentsOf(request);
  const asked = `${method} ${[area, ref && "{ref}", part, part === "history" ? rest : rest && "{rest}"].filter(Boolean).join("/")}`;
  if (more.length > 0) throw new NessieError(404, "UNKNOWN", `${method} ${url.pathname} is not simulated`);
  switch (asked) {
    case "GET config":
      return configView(catalog);
    case "GET trees":
      return readReferences(catalog, query);
    case "POST trees":
      return create(catalog, query, body());
    case "GET trees/{ref}":
      return { reference: referenceView(resolve(catalog, ref).reference) };
    case "PUT trees/{ref}":
      return assign(catalog, ref, query, body());
    case "DELETE trees/{ref}":
      return remove(catalog, ref, query);
    case "GET trees/{ref}/history":
      return readHistory(catalog, ref, query);
    case "GET trees/{ref}/entries":
      return readEntries(catalog, ref, query);
    case "GET trees/{ref}/contents/{rest}":
      return readContents(catalog, ref, rest ?? "");
    case "GET trees/{ref}/diff/{rest}":
      return readDiff(catalog, ref, rest ?? "", query);
    case "POST trees/{ref}/history/commit":
      return commit(catalog, ref, body(), nowMs);
    default:
      throw new NessieError(404, "UNKNOWN", `${method} ${url.pathname} is not simulated`);
  }
}

/** Nessie's REST API, version 2, as clients find it behind the load balancer. */
export function nessieEndpoint(server: NessieServer): HttpEndpoint {
  return {
    name: "nessie",
    prefix: `${PREFIX}/`,
    operation: (request) => `${request.method} ${segmentsOf(request)[2] ?? segmentsOf(request)[0] ?? ""}`,
    handle: (request) => {
      const reached = server.reach();
      if (reached === "silence") return "hang";
      if (!("catalog" in reached)) return balancerReply(reached.status);
      try {
        return jsonReply(200, respond(reached.catalog, request, server.nowMs));
      } catch (error) {
        if (error instanceof NessieError) return errorReply(error);
        throw error;
      }
    },
    failure: (status, retryAfterSeconds) => {
      const code = status === 429 ? "TOO_MANY_REQUESTS" : "UNKNOWN";
      const reply = errorReply(new NessieError(status, code, REASONS[status] ?? "Unknown"));
      return retryAfterSeconds === undefined
        ? reply
        : { ...reply, headers: { ...reply.headers, "retry-after": String(retryAfterSeconds) } };
    },
  };
}
