// The list of names with their numbers: by the model, by people.

import { getJson } from "./filters.js";

const KINDS = ["predicted", "validated"];
const WAIT_MS = 300;

export class Names {
  /**
   * @param {HTMLElement} list its first item stands for all names
   * @param {string} api address of the job
   * @param {() => string | undefined} sample the sample that is looked at
   */
  constructor(list, api, sample) {
    this.list = list;
    this.api = api;
    this.sample = sample;
  }

  get buttons() {
    return [...this.list.querySelectorAll("button[data-taxon]")];
  }

  /** Ask for the numbers, once for several changes in a row. */
  recount() {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      const sample = this.sample();
      try {
        this.show(await getJson(`${this.api}/taxa${sample ? `?sample=${encodeURIComponent(sample)}` : ""}`));
      } catch {
        // The numbers are those of a moment ago; the next decision asks again.
      }
    }, WAIT_MS);
  }

  show({ taxa }) {
    const left = new Map(this.buttons.map((button) => [button.dataset.taxon, button]));
    const sums = { predicted: 0, validated: 0 };
    for (const one of taxa) {
      for (const kind of KINDS) sums[kind] += one[kind];
      setCounts(left.get(one.taxon) ?? this.added(one.taxon), one);
      left.delete(one.taxon);
    }
    setCounts(left.get(""), sums);
    left.delete("");
    for (const button of left.values()) setCounts(button, { predicted: 0, validated: 0 });
  }

  added(taxon) {
    const item = this.list.firstElementChild.cloneNode(true);
    const button = item.querySelector("button");
    button.dataset.taxon = taxon;
    button.querySelector(".name").textContent = taxon;
    button.setAttribute("aria-pressed", "false");
    this.list.append(item);
    return button;
  }

  press(taxon) {
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.taxon === taxon));
  }

  /** Name → how many bear it. */
  counts() {
    const named = this.buttons.filter((button) => button.dataset.taxon);
    return new Map(named.map((button) => [button.dataset.taxon, KINDS.reduce((sum, kind) => sum + count(button, kind), 0)]));
  }
}

function count(button, kind) {
  return Number(button.querySelector(`.${kind}`).lastChild.textContent.replace(/\D/g, ""));
}

function setCounts(button, counts) {
  for (const kind of KINDS) button.querySelector(`.${kind}`).lastChild.textContent = counts[kind].toLocaleString();
}
