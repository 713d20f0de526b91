// Lines on their way to the server.

import { post, Sender } from "../js/sending.js";

/**
 * Return what sends the lines of objects, `{subject, lines}`, one object after the other; no lines keep it whole.
 *
 * @param {{api: string, job: string, name: () => string, refused: (told: string, subject: string) => void,
 *   undone: (subject: string) => void, changed: (state: object) => void}} options
 */
export function makeEdits(options) {
  const sender = new Sender({
    key: `pelagia-undo-lines-${options.job}`,
    most: 500,
    changed: options.changed,
    refused: (told, one) => options.refused(told, one.subject ?? ""),
    send: async (one) => {
      const name = options.name();
      if (!one.undo) {
        const edits = [{ kind: "cuts", subject: one.subject, value: one.lines }];
        const { first, last } = await post(`${options.api}/edits`, { edits, name });
        sender.remember([...sender.done, { subject: one.subject, first, last }]);
        return;
      }
      const latest = sender.done.at(-1);
      if (!latest) return;
      const { first, last, subject } = latest;
      // What cannot be undone any more, since somebody changed it meanwhile, is not offered again.
      sender.remember(sender.done.slice(0, -1));
      await post(`${options.api}/edits/undo`, { first, last, name });
      options.undone(subject);
    },
  });
  return sender;
}
