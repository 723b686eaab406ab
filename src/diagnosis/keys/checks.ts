import { type AnyCheck, defineCheck, type Finding } from "../check.ts";
import { dataEvents } from "../sources/data-events.ts";
import { type Fix, flagFix, type VerdictDefinition } from "../verdict.ts";
import { count, utc } from "../words.ts";
import { accessKeys, userHistories } from "./key-facts.ts";
import { type Place, placesOf, suspicionOf } from "./places.ts";

const DIAGNOSES = ["leaked-key"];
const DAY_MS = 24 * 3_600_000;
/** The runbook's age after which keys are rotated. */
const OLD_MS = 90 * DAY_MS;

/** From where the keys of IAM users are used, and what is done there. */
export const useCheck = defineCheck({
  id: "access-key-use",
  title: "From where access keys are used, and for what",
  diagnoses: DIAGNOSES,
  verdicts: ["access-key-leaked"],
  needs: { keys: accessKeys, histories: userHistories },
  uses: { data: dataEvents },
  judge({ keys, histories }, { nowMs }, { data }) {
    const events = data.status === "known" ? data.value.events : [];
    const users = [...histories.events.keys()];
    const findings = users.flatMap((user): Finding[] => {
      const own = keys.keys.filter((key) => key.user === user);
      const ids = own.map(({ id }) => id);
      const places = placesOf(ids, histories.events.get(user) ?? [], events);
      const suspicion = suspicionOf(places);
      // A key that is inactive or gone can do nothing more: what it did is history.
      const open = own.filter(({ active }) => active);
      if (!suspicion || open.length === 0) return usual(user, places);
      const { place, signs, certain } = suspicion;
      const planted = open.filter(({ id, createdMs }) => place.created.includes(id) && createdMs > nowMs - DAY_MS);
      const leaked = open.filter(({ id }) => place.keys.includes(id) && !place.created.includes(id));
      if (planted.length + leaked.length === 0) return usual(user, places);
      return [
        {
          verdict: "access-key-leaked",
          strength: certain ? "proves" : "supports",
          text: `${count(place.keys.length, "key")} of ${user} (${place.keys.join(", ")}) used from ${place.address} since ${utc(place.firstMs)}: ${signs.join("; ")}.`,
          details: {
            user,
            leaked: leaked.map(({ id }) => id),
            planted: planted.map(({ id }) => id),
            address: place.address,
            lastMs: place.lastMs,
          },
        },
        ...taken(user, place),
      ];
    });
    const unread = [...(keys.unread > 0 ? [`${count(keys.unread, "user")} more`] : []), ...histories.unread];
    const missed: Finding[] =
      unread.length > 0
        ? [
            {
              strength: "information",
              text: `Not looked at, for CloudTrail allows two calls a second: ${unread.join(", ")}.`,
            },
          ]
        : [];
    const blind: Finding[] =
      data.status === "known"
        ? []
        : [{ strength: "information", text: `What was read from S3 is not known: ${data.reason}.` }];
    return [...findings, ...missed, ...blind];
  },
});

/** What the place took: reads of objects are what a breach is reported by. */
function taken(user: string, { address, reads, folders, lastMs }: Place): Finding[] {
  if (reads === 0) return [];
  return [
    {
      verdict: "access-key-leaked",
      strength: "supports",
      text: `With keys of ${user} ${count(reads, "object")} below ${folders.join(", ")} were read from ${address}, last at ${utc(lastMs)}: data has left, which is a breach (L3).`,
      details: { breach: true },
    },
  ];
}

const usual = (user: string, places: readonly Place[]): Finding[] =>
  places.length === 0
    ? []
    : [
        {
          strength: "information",
          text: `${user}: ${places.map(({ address, calls, refused }) => `${count(calls, "call")} from ${address}${refused.length > 0 ? `, ${refused.length} refused` : ""}`).join("; ")}.`,
        },
      ];

/** Keys as such: how many, how old. */
export const agesCheck = defineCheck({
  id: "access-key-age",
  title: "Access keys and their age",
  diagnoses: DIAGNOSES,
  verdicts: [],
  needs: { keys: accessKeys },
  judge: ({ keys }, { nowMs }) =>
    keys.keys.map(({ user, id, active, createdMs }): Finding => {
      const days = Math.floor((nowMs - createdMs) / DAY_MS);
      const old = nowMs - createdMs > OLD_MS ? ", older than the 90 days after which the runbook rotates" : "";
      return {
        strength: "information",
        text: `${user}: ${id}, ${active ? "active" : "inactive"}, ${count(days, "day")} old${old}.`,
      };
    }),
});

export const keyChecks: readonly AnyCheck[] = [useCheck, agesCheck];

const texts = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);

export const keyVerdicts: readonly VerdictDefinition[] = [
  {
    id: "access-key-leaked",
    title: "An access key is in other hands",
    meaning:
      "A security incident (L3). The key works for whoever has it until it is inactive; keys that were made with it work on when it is gone.",
    consequenceOf: [],
    fixes(evidence) {
      const found = evidence.flatMap(({ details }) => (typeof details?.user === "string" ? [details] : []));
      const isBreach = evidence.some(({ details }) => details?.breach === true);
      const mend = found.flatMap(({ user, leaked, planted }): Fix[] => {
        const name = String(user);
        // A user has two keys at most: the one that was made with the leaked key goes, so that a new one can be made.
        const [room] = texts(planted);
        const rotate: Record<string, string> = { user: name, compromised: "yes", ...(room ? { remove: room } : {}) };
        return texts(leaked).flatMap((id): Fix[] => [
          {
            kind: "action",
            title: `Deactivate every key of ${name} at once, ${room ? `delete ${room}, ` : ""}then make a new one`,
            actionId: "rotate-access-key",
            parameters: { ...rotate, key: id },
          },
          {
            kind: "action",
            title: `Then delete ${id}, when its owner works with the new one`,
            actionId: "delete-access-key",
            parameters: { user: name, key: id },
          },
        ]);
      });
      return [...mend, flagFix(isBreach ? "data-breach" : "security-incident", "an access key is in other hands")];
    },
  },
];
