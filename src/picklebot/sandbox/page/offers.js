// What may follow what is being typed: commands, and what the bot suggests for one of their options.

import { el } from "/dom.js";

const ROWS = 8;
const PAUSE = 250;

export class Offers {
  #chosen = 0;
  #round = 0;
  #timer = null;

  constructor() {
    this.node = el("ul", { class: "menu", role: "listbox", "aria-label": "Commands", hidden: true });
  }

  get open() {
    return !this.node.hidden;
  }

  // Rows are {title, about, take()}; without `take` they only tell.
  show(rows) {
    this.#round += 1;
    clearTimeout(this.#timer);
    this.node.hidden = !rows.length;
    this.node.replaceChildren(...rows.slice(0, ROWS).map((row) => this.#row(row)));
    this.#choose(0);
  }

  // Shows what `find()` resolves to, when nothing else was typed for a moment and meanwhile.
  later(find) {
    this.show([]);
    const round = this.#round;
    this.#timer = setTimeout(async () => {
      const rows = await find().catch((error) => [{ title: error.message }]);
      if (round === this.#round) this.show(rows);
    }, PAUSE);
  }

  // Whether a key was for the list.
  key(name) {
    const rows = this.node.querySelectorAll("[role=option]");
    const step = { ArrowDown: 1, ArrowUp: -1 }[name];
    if (!this.open || !rows.length || !(step || name === "Tab")) return false;
    if (step) this.#choose((this.#chosen + step + rows.length) % rows.length);
    else rows[this.#chosen].click();
    return true;
  }

  #row({ title, about, take }) {
    if (!take) return el("li", { class: "quiet" }, title);
    const act = () => {
      this.show([]);
      take();
    };
    return el("li", { role: "option", onclick: act }, el("b", {}, title), about ? el("span", { class: "quiet" }, about) : null);
  }

  #choose(index) {
    this.#chosen = index;
    this.node.querySelectorAll("[role=option]").forEach((each, at) => {
      each.setAttribute("aria-selected", String(at === index));
      if (at === index) each.scrollIntoView({ block: "nearest" });
    });
  }
}
