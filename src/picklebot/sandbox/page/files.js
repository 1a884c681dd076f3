// The files that go along with a message: chosen, dropped or pasted.

import { el, icon } from "/dom.js";

export class Files {
  list = [];
  #ways = el("select", { "aria-label": "Send as" });

  // `changed()` is called when there are others; `drop` is where files may be dropped, `paste` where they are pasted.
  constructor(changed, { drop, paste }) {
    this.changed = changed;
    this.input = el("input", { type: "file", multiple: true, hidden: true, "aria-label": "File" });
    this.button = el("button", { type: "button", class: "round plain", "aria-label": "Attach files", title: "Attach files", onclick: () => this.input.click() }, icon("clip"));
    this.input.addEventListener("change", () => this.add(this.input.files));
    paste.addEventListener("paste", (event) => this.#take(event, event.clipboardData));
    drop.addEventListener("dragover", (event) => this.#hover(event, drop));
    for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("dropping"));
    drop.addEventListener("drop", (event) => this.#take(event, event.dataTransfer));
  }

  // How they are sent: one of what the world offers for them, "" for its usual way.
  get way() {
    return this.#ways.value;
  }

  add(files) {
    this.list = [...this.list, ...files];
    this.input.value = "";
    this.changed();
  }

  clear() {
    this.list = [];
    this.input.value = "";
    this.#ways.replaceChildren();
  }

  // Says which they are, and lets choose among `ways`: [[value, label]].
  describe(ways) {
    const chosen = this.way;
    this.#ways.replaceChildren(...ways.map(([value, label]) => el("option", { value, selected: value === chosen }, label)));
    const names = this.list.map((file) => file.name).join(", ");
    const counted = this.list.length > 1 ? `${this.list.length} files` : "File";
    return [el("b", {}, counted), el("span", { title: names }, names), ways.length ? this.#ways : null].filter(Boolean);
  }

  #hover(event, drop) {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    drop.classList.add("dropping");
  }

  #take(event, { files }) {
    if (!files?.length) return;
    event.preventDefault();
    this.add(files);
  }
}
