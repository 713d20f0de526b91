// Decisions on their way to the server.

import { post, Sender } from "../js/sending.js";

const PORTION = 2000;

/**
 * Return what sends decisions, one after the other.
 *
 * @param {{api: string, job: string, name: () => string, saved: (cards: object[], undone: boolean) => void,
 *   refused: (told: string, cards: object[]) => void, changed: (state: object) => void}} options
 */
export function makeSaver(options) {
  const sender = new Sender({
    key: `pelagia-undo-${options.job}`,
    most: 200,
    changed: options.changed,
    refused: (told, one) => options.refused(told, one.before ?? []),
    send: async (one) => {
      const name = options.name();
      if (!one.undo) {
        const told = await post(`${options.api}/decisions`, { decisions: one.decisions, name });
        sender.remember([...sender.done, { first: told.first, last: told.last }]);
        options.saved(told.objects, false);
        return;
      }
      const last = sender.done.at(-1);
      if (!last) return;
      const told = await post(`${options.api}/decisions/undo`, { ...last, name });
      sender.remember(sender.done.slice(0, -1));
      options.saved(told.objects, true);
    },
  });
  return sender;
}

/** Split decisions into what is sent at once: lists of {object_id, taxon}; `before` are their cards. */
export function inPortions(decisions, before) {
  const portions = [];
  for (let at = 0; at < decisions.length; at += PORTION) {
    portions.push({ decisions: decisions.slice(at, at + PORTION), before });
  }
  return portions;
}
