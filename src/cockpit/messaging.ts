import { failureDetail } from "../base/failure.ts";
import type { PreparedAction } from "../incident/contract.ts";
import { deliveryOf } from "../incident/message-desk.ts";
import type { Controller } from "./controller.ts";
import { composeDialog } from "./dialogs/compose.ts";
import { closeDialog } from "./dialogs/dialog.ts";
import { type MessageChoices, messageDialog } from "./dialogs/message.ts";
import { busyDialog, failureDialog } from "./dialogs/text.ts";
import { say } from "./messages.ts";
import { openDialog, replaceTop } from "./ui.ts";

/** A message that the responder looks at: the action that sends it, and what its dialog offers beside sending. */
export interface MessageKind {
  actionId: string;
  /** Parameters beside `text` and `to`. */
  parameters: Record<string, string>;
  about: string[];
  skipLabel: string;
  skip(controller: Controller): void;
  byHand?: MessageChoices["byHand"];
}

/** Words that were changed or could not be sent are kept under this key, until they are sent or skipped. */
const keyOf = (kind: MessageKind) => JSON.stringify([kind.actionId, kind.parameters]);

function keep(controller: Controller, kind: MessageKind, draft: { text: string; to: string } | undefined): void {
  const { [keyOf(kind)]: _known, ...others } = controller.ui.getState().drafts;
  controller.ui.setState({ drafts: draft ? { ...others, [keyOf(kind)]: draft } : others });
}

/** Makes the message from the live state, or from the words that were kept, and shows it. Nothing is sent by this. */
export function openMessage(controller: Controller, kind: MessageKind): void {
  const title = controller.incident.actions().find(({ id }) => id === kind.actionId)?.title ?? kind.actionId;
  const kept = controller.ui.getState().drafts[keyOf(kind)];
  const busy = busyDialog(title, "Writing the draft. Nothing is sent.", () => say(controller, "Nothing was sent."));
  openDialog(controller.ui, busy);
  const isStillWanted = () => controller.ui.getState().dialogs.includes(busy);
  const show = (dialog: ReturnType<typeof failureDialog>) =>
    controller.ui.setState(({ dialogs }) => ({ dialogs: dialogs.map((other) => (other === busy ? dialog : other)) }));
  controller.incident.prepare(kind.actionId, { ...kind.parameters, ...(kept ?? {}) }).then(
    (prepared) => {
      if (isStillWanted()) show(messageDialog(prepared, choicesOf(kind, prepared, kept !== undefined)));
    },
    (error: unknown) => {
      if (isStillWanted()) show(failureDialog(failureDetail(error, title)));
    },
  );
}

function choicesOf(kind: MessageKind, prepared: PreparedAction, isKept: boolean): MessageChoices {
  const { message, title, parameters } = prepared.plan;
  const text = message?.text ?? "";
  const to = typeof parameters.to === "string" ? parameters.to : "";
  return {
    about: [...kind.about, ...(isKept ? ["These are the words you kept."] : [])],
    skipLabel: kind.skipLabel,
    ...(isKept
      ? {
          redraft(controller) {
            closeDialog(controller);
            keep(controller, kind, undefined);
            openMessage(controller, kind);
          },
        }
      : {}),
    ...(kind.byHand
      ? {
          byHand: {
            label: kind.byHand.label,
            run(controller) {
              closeDialog(controller);
              keep(controller, kind, undefined);
              kind.byHand?.run(controller);
            },
          },
        }
      : {}),
    send(controller) {
      closeDialog(controller);
      send(controller, kind, prepared, text);
    },
    edit: (controller) =>
      openDialog(
        controller.ui,
        composeDialog({
          title: `${title}: the text`,
          text,
          done(changed) {
            keep(controller, kind, { text: changed, to });
            // The dialog below shows the text as it was: it is made again.
            replaceTop(controller.ui, undefined);
            openMessage(controller, kind);
          },
        }),
      ),
    copy(controller) {
      controller.copy(text, "the message");
      if (message) note(controller, controller.incident.noteMessage({ about: message.about, status: "copied", text }));
    },
    skip(controller) {
      closeDialog(controller);
      keep(controller, kind, undefined);
      kind.skip(controller);
    },
  };
}

/** Sends without holding up the screen. What could not be sent is kept, to be sent again to those who did not get it. */
function send(controller: Controller, kind: MessageKind, prepared: PreparedAction, text: string): void {
  const { plan } = prepared;
  const asked = typeof plan.parameters.to === "string" ? plan.parameters.to : "";
  say(controller, `${plan.title}: sending to ${prepared.facts.to ?? ""}; you can go on.`);
  controller.incident.execute(prepared, { yes: true }).then(
    (result) => {
      const { arrived, refused, open } = deliveryOf(result);
      if (result.status === "done") {
        keep(controller, kind, undefined);
        const but = refused.map(({ to, why }) => `. ${to}: ${why}`).join("");
        say(controller, `${plan.title}: sent to ${arrived.join(", ")}${but}.`, but ? "warn" : "info");
        return;
      }
      // Those who have it do not get it again; where nobody has it, every way is open again.
      const to = arrived.length === 0 ? asked : open.map(({ id }) => id.replace(/^send-/, "")).join(",");
      keep(controller, kind, { text, to });
      const missed = open.map(({ resource }) => resource).join(", ") || "anybody";
      say(controller, `${plan.title}: NOT sent to ${missed}: ${result.failure?.why ?? result.status}`, "bad");
    },
    (error: unknown) => {
      keep(controller, kind, { text, to: "" });
      say(controller, `${plan.title}: NOT sent: ${failureDetail(error, plan.title).why}`, "bad");
    },
  );
}

/** Something that is only recorded; a record that cannot be written says so by itself. */
export function note(controller: Controller, recording: Promise<unknown>, said?: string): void {
  recording.then(
    () => said && say(controller, said),
    (error: unknown) => say(controller, `Not recorded: ${failureDetail(error, "record").why}`, "bad"),
  );
}

/** An action whose only effect is on the record, with parameters that are known already. */
export async function recordAction(
  controller: Controller,
  actionId: string,
  parameters: Record<string, string>,
): Promise<void> {
  const { incident } = controller;
  const result = await incident.execute(await incident.prepare(actionId, parameters), {});
  if (result.failure) throw new Error(result.failure.why);
}

const plain = (actionId: string, about: "on-call" | "status-update" | "stakeholders"): MessageKind => ({
  actionId,
  parameters: {},
  about: [],
  skipLabel: "skips it",
  skip: (controller) =>
    note(
      controller,
      controller.incident.noteMessage({ about, status: "skipped", text: "" }),
      "Skipped; the timeline says so.",
    ),
});

/** The messages that need no other question, by the action that sends them. */
export const PLAIN_MESSAGES: Readonly<Record<string, MessageKind>> = {
  "notify-on-call": plain("notify-on-call", "on-call"),
  "status-update": plain("status-update", "status-update"),
  "notify-stakeholders": plain("notify-stakeholders", "stakeholders"),
};

/** The half-hourly update. */
export function openStatusUpdate(controller: Controller): void {
  openMessage(controller, PLAIN_MESSAGES["status-update"] as MessageKind);
}
