// Behind the scenes: what the bot calls, and what shall go wrong.

import { attempt, clock, el } from "/dom.js";
import { FAULTS, CALLS } from "/faults.js";

const MOST_ROWS = 200;

export class CallLog {
  #node = document.getElementById("calls");
  #list = el("ol", { class: "calls", "aria-label": "The bot's calls" });
  #empty = el("p", { class: "quiet empty" }, "What the bot calls appears here; its empty polls are left out.");
  #drawn = new WeakSet();

  constructor() {
    this.#node.append(this.#empty, this.#list);
  }

  draw(world) {
    for (const call of world.calls) {
      if (this.#drawn.has(call)) continue;
      this.#drawn.add(call);
      this.#list.prepend(this.#row(world, call));
    }
    while (this.#list.children.length > MOST_ROWS) this.#list.lastElementChild.remove();
    this.#empty.hidden = this.#list.children.length > 0;
  }

  #row(world, { at, name, about, trouble, detail }) {
    const details = el("details", { class: world.name }, el("summary", {},
      el("time", {}, clock(at)), el("b", {}, name),
      el("span", { class: trouble ? "trouble" : "about" }, trouble ?? about)));
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length < 2) details.append(el("pre", {}, JSON.stringify(detail, null, 2)));
    });
    return el("li", {}, details);
  }
}

export class FaultPanel {
  #node = document.getElementById("faults");
  #world = el("select", { "aria-label": "Platform" });
  #what = el("select", { "aria-label": "What goes wrong" });
  #call = el("select", { "aria-label": "Which calls" });
  #times = el("input", { type: "number", min: "1", max: "999", value: "1", "aria-label": "How often" });
  #seconds = el("input", { type: "number", min: "0", max: "300", step: "any", value: "5", "aria-label": "Seconds" });
  #rows = {};
  #shown = null;
  #waiting = el("div", { class: "to-come" });

  constructor(worlds) {
    this.worlds = worlds;
    this.#world.append(...worlds.map((world) => el("option", { value: world.name }, world.name === "telegram" ? "Telegram" : "Discord")));
    const row = (name, label, field) => (this.#rows[name] = el("label", {}, label, field));
    const form = el("form", {}, row("world", "Platform", this.#world), row("what", "What goes wrong", this.#what),
      row("call", "For which calls", this.#call), row("times", "How many calls", this.#times), row("seconds", "Seconds", this.#seconds),
      el("button", { type: "submit", class: "primary" }, "Let it happen"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#inject();
    });
    this.#world.addEventListener("change", () => this.choose(this.#world.value));
    this.#what.addEventListener("change", () => this.#fit());
    this.#node.append(form, this.#waiting);
    this.choose(worlds[0].name);
  }

  choose(name) {
    if (this.#shown === name) return;
    this.#shown = this.#world.value = name;
    this.#what.replaceChildren(...FAULTS[name].map(({ label }, index) => el("option", { value: String(index) }, label)));
    this.#call.replaceChildren(...CALLS[name].map(([value, label]) => el("option", { value }, label)));
    this.#fit();
  }

  draw() {
    const waiting = this.worlds.flatMap((world) => world.faults);
    const forget = el("button", { type: "button", class: "soft", onclick: () => attempt(() => Promise.all(this.worlds.map((world) => world.forgetFaults()))) }, "Forget them");
    this.#waiting.replaceChildren(...(waiting.length ? [el("h3", {}, "Still to happen"), el("ul", {}, ...waiting.map((each) => el("li", {}, each))), forget] : []));
    this.#fit();
  }

  get #fault() {
    return FAULTS[this.#world.value][Number(this.#what.value)];
  }

  #fit() {
    const needs = this.#fault.needs ?? [];
    for (const name of ["call", "times", "seconds"]) this.#rows[name].hidden = !needs.includes(name);
  }

  async #inject() {
    const world = this.worlds.find((each) => each.name === this.#world.value);
    const [path, body] = this.#fault.make({ call: this.#call.value, times: Number(this.#times.value), seconds: Number(this.#seconds.value) });
    await attempt(async () => {
      await world.post(path, body);
      if (path !== "/outage") await world.refresh();
    });
  }
}
