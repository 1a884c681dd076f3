// Where a person writes, as whom, and what the bot offers for it.

import { attempt, el, icon, toast } from "/dom.js";

const ROWS = 8;

export class Composer {
  #replyTo = null;
  #editing = null;
  #file = null;
  #drafts = new Map();
  #chosen = 0;

  // `onSpeaker()` is called when somebody else begins to speak.
  constructor(onSpeaker) {
    this.as = el("select", { "aria-label": "Speak as", onchange: () => { this.#remember(); onSpeaker(); } });
    this.text = el("textarea", { rows: "1", "aria-label": "Your message", autocomplete: "off", enterkeyhint: "send" });
    this.menu = el("ul", { class: "menu", role: "listbox", "aria-label": "Commands", hidden: true });
    this.bar = el("p", { class: "bar", hidden: true });
    this.upload = el("input", { type: "file", hidden: true, "aria-label": "File" });
    const attach = el("button", { type: "button", class: "round plain", "aria-label": "Attach a file", title: "Attach a file", onclick: () => this.upload.click() }, icon("clip"));
    const send = el("button", { type: "submit", class: "round primary", "aria-label": "Send", title: "Send" }, icon("send"));
    this.node = el("form", { class: "composer", hidden: true }, this.menu, this.bar, el("div", { class: "line" }, this.as, attach, this.upload, this.text, send));
    this.hint = el("p", { class: "quiet hint" });
    this.node.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.text.addEventListener("keydown", (event) => this.#key(event));
    this.text.addEventListener("input", () => this.#typed());
    this.upload.addEventListener("change", () => { this.#file = this.upload.files[0] ?? null; this.#drawBar(); });
  }

  // The person who speaks now, as an id of the world's own kind.
  get speaker() {
    return this.place.speakers.find((id) => String(id) === this.as.value);
  }

  show(place) {
    this.node.hidden = false;
    const moved = this.place?.key !== place.key;
    if (moved && this.place) this.#drafts.set(this.place.key, this.text.value);
    this.place = place;
    const { people } = place.world;
    const chosen = this.#speakers.get(place.key) ?? this.as.value;
    this.as.replaceChildren(...place.speakers.map((id) => el("option", { value: String(id) }, people.get(id)?.name ?? String(id))));
    if (place.speakers.some((id) => String(id) === chosen)) this.as.value = chosen;
    this.as.disabled = place.speakers.length < 2;
    this.hint.textContent = HINTS[place.kind] ?? "";
    if (moved) {
      this.text.value = this.#drafts.get(place.key) ?? "";
      this.cancel();
      this.#typed();
    }
    this.#placeholder();
  }

  reply(message) {
    this.cancel();
    this.#replyTo = message;
    this.#drawBar();
  }

  edit(message) {
    this.cancel();
    this.#editing = message;
    this.text.value = message.plain;
    this.#drawBar();
    this.#typed();
  }

  cancel() {
    if (this.#editing) this.text.value = "";
    this.#replyTo = this.#editing = this.#file = null;
    this.upload.value = "";
    this.#drawBar();
  }

  async send(text = this.text.value) {
    const { place, speaker } = this;
    if ((!text.trim() && !this.#file) || speaker === undefined) return;
    const [editing, replyTo, file] = [this.#editing, this.#replyTo, this.#file];
    const done = await attempt(async () => {
      if (editing) return [await place.world.edit(place, editing, text)];
      return [await place.world.say(place, speaker, { text, replyTo: replyTo?.id, file })];
    });
    if (!done) return;
    this.#editing = null;
    this.text.value = "";
    this.cancel();
    this.#typed();
    const told = await attempt(() => done[0]?.told);
    if (told) toast(told);
  }

  #speakers = new Map();

  #remember() {
    this.#speakers.set(this.place.key, this.as.value);
    this.#placeholder();
  }

  #placeholder() {
    const name = this.place.world.people.get(this.speaker)?.name ?? "nobody";
    this.text.placeholder = `Write as ${name}`;
  }

  #drawBar() {
    const said = this.#editing ? "Editing" : this.#replyTo ? `Reply to ${this.#replyTo.speaker.name}` : this.#file ? "File" : null;
    this.bar.hidden = !said;
    if (!said) return;
    const about = this.#file?.name ?? (this.#editing ?? this.#replyTo).plain.slice(0, 80);
    const close = el("button", { type: "button", class: "plain", "aria-label": "Never mind", onclick: () => this.cancel() }, "✕");
    this.bar.replaceChildren(el("b", {}, said), el("span", {}, about), close);
    this.text.focus();
  }

  #key(event) {
    if (event.isComposing) return;
    const offered = this.menu.hidden ? [] : [...this.menu.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (offered.length && step) {
      event.preventDefault();
      this.#choose((this.#chosen + step + offered.length) % offered.length);
    } else if (offered.length && event.key === "Tab") {
      event.preventDefault();
      offered[this.#chosen].click();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape") {
      this.menu.hidden = true;
      this.cancel();
    }
  }

  #typed() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
    const begun = /^\/([-\w]*)$/.exec(this.text.value);
    const offered = begun ? this.place.world.commands(this.place).filter(({ name }) => name.startsWith(begun[1])) : [];
    this.menu.hidden = !offered.length;
    this.menu.replaceChildren(...offered.slice(0, ROWS).map((command) => this.#offer(command)));
    if (offered.length) this.#choose(0);
  }

  #offer({ name, description, options = [] }) {
    const more = options.length ? ` ${options.map((option) => `[${option}]`).join(" ")}` : "";
    const take = () => {
      this.text.value = `/${name}${options.length ? " " : ""}`;
      this.menu.hidden = true;
      this.text.focus();
    };
    return el("li", { role: "option", onclick: take }, el("b", {}, `/${name}`, more), el("span", { class: "quiet" }, description));
  }

  #choose(index) {
    this.#chosen = index;
    [...this.menu.children].forEach((each, at) => each.setAttribute("aria-selected", String(at === index)));
  }
}

const IN_GROUP = "Privacy mode: the bot is told of commands and of replies to it, nothing else.";
const HINTS = {
  private: "/ shows the bot's menu.", group: IN_GROUP, supergroup: IN_GROUP, forum: IN_GROUP, topic: IN_GROUP,
  direct: "/ shows the bot's slash commands.",
  channel: "@picklebot speaks to the bot; / shows its slash commands.",
  thread: "@picklebot speaks to the bot; / shows its slash commands.",
};
