// What people change on the map, on its way to the server.

import { post, Refused, Sender } from "../js/sending.js";

/**
 * Return what sends edits `{kind, subject, field, value}`, one after the other.
 *
 * @param {{api: string, job: string, name: () => string, refused: (told: string, edit: object) => void,
 *   undone: (kind: string, subject: string) => void, saved: (what: {isUndone: boolean}) => void, changed: (state: object) => void}} options
 */
export function makeEdits(options) {
  const sender = new Sender({
    key: `pelagia-undo-map-${options.job}`,
    most: 500,
    changed: options.changed,
    refused: (told, one) => options.refused(told, one),
    send: async (one) => {
      const name = options.name();
      if (!one.undo) {
        const { first, last } = await post(`${options.api}/edits`, { edits: [{ field: "", ...one }], name });
        sender.remember([...sender.done, { kind: one.kind, subject: one.subject, first, last }]);
        options.saved({ isUndone: false });
        return;
      }
      const latest = sender.done.at(-1);
      if (!latest) return;
      try {
        await post(`${options.api}/edits/undo`, { first: latest.first, last: latest.last, name });
      } catch (error) {
        // What cannot be undone any more, since somebody changed it meanwhile, is not offered again.
        if (error instanceof Refused) sender.remember(sender.done.slice(0, -1));
        throw error;
      }
      sender.remember(sender.done.slice(0, -1));
      options.undone(latest.kind, latest.subject);
      options.saved({ isUndone: true });
    },
  });
  return sender;
}

export const boxed = (one) => [one.row, one.col, one.height, one.width];
export const kept = (one, itemClass) => ({ kind: "item", subject: one.name, value: { state: "kept", item_class: itemClass, box: boxed(one) } });
export const deleted = (one) => ({ kind: "item", subject: one.name, value: { state: "deleted" } });
export const added = (one) => ({ kind: "item", subject: one.name, value: { state: "added", image_id: one.image_id, item_class: one.item_class, box: boxed(one) } });

/** A name for what a person adds. Where a page came without encryption, browsers have no randomUUID. */
export function newName() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const text = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `new:${[text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-")}`;
}
