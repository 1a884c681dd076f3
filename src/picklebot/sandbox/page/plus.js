// The menu of what can be sent besides words and files.

import { el, icon } from "/dom.js";
import { askFor } from "/dialogs.js";

export class Plus {
  // `send(thing, values)` sends one of the things that `show` was given.
  constructor(send) {
    this.send = send;
    this.button = el("button", { type: "button", class: "round plain", "aria-label": "Send something else", title: "Send something else", "aria-haspopup": "menu", "aria-expanded": "false", onclick: () => this.#toggle() }, icon("plus"));
    this.menu = el("ul", { class: "plus", role: "menu", "aria-label": "Send something else", hidden: true });
    this.menu.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("click", (event) => {
      if (!this.menu.hidden && !this.button.contains(event.target) && !this.menu.contains(event.target)) this.close();
    });
  }

  show(things) {
    this.close();
    this.menu.replaceChildren(...things.map((thing) => el("li", { role: "none" },
      el("button", { type: "button", role: "menuitem", class: "plain", onclick: () => this.#pick(thing) }, thing.label))));
  }

  close() {
    this.menu.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
  }

  #toggle() {
    const opens = this.menu.hidden;
    this.menu.hidden = !opens;
    this.button.setAttribute("aria-expanded", String(opens));
    if (opens) this.menu.querySelector("button").focus();
  }

  #pick(thing) {
    this.close();
    askFor(thing.label, thing.fields, (values) => this.send(thing, values), "Send");
  }

  #key(event) {
    const items = [...this.menu.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
    else if (event.key === "Escape") {
      this.close();
      this.button.focus();
    } else return;
    event.preventDefault();
  }
}
