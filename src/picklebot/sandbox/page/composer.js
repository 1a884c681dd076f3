// Where a person writes, as whom, and what the bot offers for it.

import { attempt, el, icon, toast } from "/dom.js";
import { Files } from "/files.js";
import { hintFor } from "/hints.js";
import { inWords } from "/message.js";
import { Offers } from "/offers.js";
import { Plus } from "/plus.js";
import { THINGS } from "/things.js";

const BEGUN = /^\/([-\w]*)$/; // a command, as far as it is typed

export class Composer {
  #replyTo = null;
  #quote = "";
  #editing = null;
  #drafts = new Map();
  #speakers = new Map();
  #offers = new Offers();

  // `onSpeaker()` is called when somebody else begins to speak; files may be dropped on `room`.
  constructor(onSpeaker, room) {
    this.as = el("select", { "aria-label": "Speak as", onchange: () => { this.#remember(); onSpeaker(); } });
    this.text = el("textarea", { rows: "1", "aria-label": "Your message", autocomplete: "off", enterkeyhint: "send" });
    this.bar = el("p", { class: "bar", hidden: true });
    this.files = new Files(() => this.#drawBar(), { drop: room, paste: this.text });
    this.plus = new Plus((thing, values) => this.#sendThing(thing, values));
    const send = el("button", { type: "submit", class: "round primary", "aria-label": "Send", title: "Send" }, icon("send"));
    this.node = el("form", { class: "composer", hidden: true }, this.#offers.node, this.plus.menu, this.bar,
      el("div", { class: "line" }, this.as, this.plus.button, this.files.button, this.files.input, this.text, send));
    this.hint = el("p", { class: "quiet hint" });
    this.node.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.text.addEventListener("keydown", (event) => this.#key(event));
    this.text.addEventListener("input", () => this.#typed());
  }

  // The person who speaks now, as an id of the world's own kind.
  get speaker() {
    return this.place.speakers.find((id) => String(id) === this.as.value);
  }

  show(place) {
    this.node.hidden = place.kind === "posts";
    const moved = this.place?.key !== place.key;
    if (moved && this.place) this.#drafts.set(this.place.key, this.text.value);
    this.place = place;
    const chosen = this.#speakers.get(place.key) ?? this.as.value;
    this.as.replaceChildren(...place.speakers.map((id) => el("option", { value: String(id) }, place.world.nameOf(id, place))));
    if (place.speakers.some((id) => String(id) === chosen)) this.as.value = chosen;
    this.as.disabled = place.speakers.length < 2;
    if (moved) {
      this.plus.show(THINGS[place.world.name]);
      this.text.value = this.#drafts.get(place.key) ?? "";
      this.cancel();
      this.#typed();
    } else if (BEGUN.test(this.text.value) && !this.#offers.open) {
      this.#typed(); // the bot may have set its commands just now
    }
    this.#fit();
  }

  // A reply to a message, or to the words of it that were `quoted`.
  reply(message, quoted = "") {
    this.cancel();
    this.#replyTo = message;
    this.#quote = quoted;
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
    this.#replyTo = this.#editing = null;
    this.#quote = "";
    this.files.clear();
    this.#drawBar();
  }

  // What is written goes at once, so that more can be written meanwhile. What is not taken comes back.
  async send() {
    const written = { text: this.text.value, files: this.files.list, way: this.files.way };
    const about = { editing: this.#editing, replyTo: this.#replyTo, quote: this.#quote };
    const { place, speaker } = this;
    if ((!written.text.trim() && !written.files.length) || speaker === undefined) return;
    this.#write("");
    this.cancel();
    this.#typed();
    const taken = await this.#say(() => (about.editing
      ? place.world.edit(place, about.editing, written.text)
      : place.world.say(place, speaker, { ...written, replyTo: about.replyTo?.id, quote: about.quote })));
    if (!taken) this.#giveBack(place, written, about);
  }

  // Words that a button stands for; what is being written stays as it is.
  async say(text) {
    const { place, speaker } = this;
    if (speaker !== undefined) await this.#say(() => place.world.say(place, speaker, { text, quote: "", files: [], way: "" }));
  }

  // Whether it was taken. What is told of it may come later, and only to who said it.
  async #say(act) {
    const done = await attempt(async () => [await act()]);
    if (!done) return false;
    attempt(() => done[0]?.told).then((told) => told && toast(told));
    return true;
  }

  #giveBack(place, { text, files }, { editing, replyTo, quote }) {
    if (this.place !== place) {
      this.#drafts.set(place.key, text);
      return;
    }
    if (this.text.value) text = [text, this.text.value].filter(Boolean).join("\n");
    [this.#editing, this.#replyTo, this.#quote] = [editing, replyTo, quote];
    this.files.add(files);
    this.#write(text);
    this.#typed();
  }

  async #sendThing(thing, values) {
    const { place, speaker } = this;
    await place.world.send(place, speaker, await thing.make(values), this.#replyTo?.id);
    this.cancel();
    return true;
  }

  #remember() {
    this.#speakers.set(this.place.key, this.as.value);
    this.#fit();
  }

  #fit() {
    this.text.placeholder = `Write as ${this.place.world.nameOf(this.speaker, this.place)}`;
    this.hint.textContent = hintFor(this.place, this.speaker);
  }

  #drawBar() {
    const about = this.#editing ?? this.#replyTo;
    const some = this.files.list.length > 0;
    this.bar.hidden = !about && !some;
    if (this.bar.hidden) return;
    const said = this.#editing ? "Editing" : about ? `Reply to ${about.speaker.name}` : null;
    const close = el("button", { type: "button", class: "plain", "aria-label": "Never mind", onclick: () => this.cancel() }, "✕");
    this.bar.replaceChildren(
      ...(said ? [el("b", {}, said), el("span", {}, this.#quote ? `“${this.#quote}”` : inWords(about).slice(0, 80))] : []),
      ...(some ? this.files.describe(this.place.world.ways(this.files.list)) : []), close);
    this.text.focus();
  }

  #key(event) {
    if (event.isComposing) return;
    if (this.#offers.key(event.key)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape") {
      this.#offers.show([]);
      this.cancel();
    }
  }

  #typed() {
    this.text.style.height = "auto";
    if (this.text.scrollHeight) this.text.style.height = `${this.text.scrollHeight}px`; // 0 while it is out of sight
    const { place, speaker } = this;
    const begun = BEGUN.exec(this.text.value);
    if (begun) return this.#offers.show(place.world.commands(place, speaker).filter(({ name }) => name.startsWith(begun[1])).map((it) => this.#command(it)));
    const find = place.world.suggest?.(place, speaker, this.text.value);
    if (!find) return this.#offers.show([]);
    return this.#offers.later(async () => (await find()).map((row) => (row.text ? { ...row, take: () => this.#write(row.text) } : row)));
  }

  #command({ name, description, options = [] }) {
    const more = options.length ? ` ${options.map((option) => `[${option}]`).join(" ")}` : "";
    return { title: `/${name}${more}`, about: description, take: () => this.#write(`/${name}${options.length ? " " : ""}`) };
  }

  #write(text) {
    this.text.value = text;
    this.text.focus();
    if (text.endsWith(" ")) this.#typed();
  }
}
