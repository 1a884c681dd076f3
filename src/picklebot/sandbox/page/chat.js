// The chat in the middle.

import { actsFor } from "/acts.js";
import { attempt, avatar, codeBlock, el, icon } from "/dom.js";
import { askFor } from "/dialogs.js";
import { Composer } from "/composer.js";
import { renderMessage } from "/message.js";

const NEAR = 80;

export class Chat {
  #node = document.getElementById("chat");
  #head = el("header");
  #log = el("div", { class: "log", role: "log", "aria-label": "Messages", tabindex: "-1" });
  #signs = el("p", { class: "signs", "aria-live": "polite" });
  #open = new Set();
  #timer = null;
  #low = true;

  // `lines` are those for config.yaml; `back()` and `behind()` move on a narrow screen, `open(key)` shows a place.
  constructor(lines, { back, behind, open }) {
    Object.assign(this, { lines, back, behind, open });
    this.composer = new Composer(() => this.draw(), this.#node);
    // A log that was out of sight, or that a keyboard shortens, stays at its end.
    this.#log.addEventListener("scroll", () => (this.#low = this.#isLow()));
    new ResizeObserver(() => this.#low && this.#down()).observe(this.#log);
    this.#node.append(this.#head, this.#log, this.#signs, this.composer.node, this.composer.hint);
    this.view = {
      speaker: () => this.composer.speaker,
      say: (text) => this.composer.say(text),
      reply: (message, quoted) => this.composer.reply(message, quoted),
      edit: (message) => this.composer.edit(message),
      forward: (message) => this.#forward(message),
      isOpen: (id) => this.#open.has(id),
      setOpen: (id, open) => (open ? this.#open.add(id) : this.#open.delete(id)),
    };
  }

  show(place) {
    const moved = this.place?.key !== place.key;
    this.place = place;
    place.unread = 0;
    this.composer.show(place);
    this.draw();
    if (moved) this.#down();
    if (moved && matchMedia("(hover: hover)").matches) this.composer.text.focus();
  }

  draw() {
    const { place } = this;
    this.#node.className = `${place.world.name} ${place.kind}`;
    this.#drawHead();
    const low = this.#isLow();
    const messages = [...place.messages.values()].sort(inOrder);
    this.#log.replaceChildren(...(messages.length ? messages.map((each) => renderMessage(place, each, this.view)) : [this.#welcome()]));
    this.#group();
    this.drawSigns();
    if (low) this.#down();
  }

  update(message) {
    const low = this.#isLow();
    const drawn = renderMessage(this.place, message, this.view);
    const old = this.#log.querySelector(`[data-id="${CSS.escape(String(message.id))}"]`);
    if (old) old.replaceWith(drawn);
    else {
      this.#log.querySelector(".welcome")?.remove();
      this.#log.append(drawn);
    }
    this.#group();
    this.place.unread = 0;
    this.drawSigns();
    if (low) this.#down();
  }

  drawSigns() {
    const { typing, draft } = this.place;
    clearTimeout(this.#timer);
    const left = typing ? typing.until - Date.now() : 0;
    if (left > 0) this.#timer = setTimeout(() => this.drawSigns(), left);
    const dots = () => el("span", { class: "typing" }, el("i"), el("i"), el("i"));
    const stop = draft?.stop && el("button", { type: "button", class: "soft", onclick: draft.stop }, "Stop");
    this.#signs.replaceChildren(...(draft ? [el("span", { class: "draft" }, draft.text), ...(stop ? [stop] : [])] : left > 0 ? [dots(), `${typing.name} is typing`] : []));
  }

  #drawHead() {
    const { place } = this;
    const parent = place.world.places.get(place.parent);
    const title = place.world.name === "discord" && place.kind === "channel" ? `# ${place.title}` : place.title;
    const about = parent ? `in ${parent.title}` : place.about;
    const deeds = { make: (...asked) => this.#make(...asked), open: this.open, speaker: () => this.composer.speaker };
    this.#head.replaceChildren(
      el("button", { type: "button", class: "plain narrow", "aria-label": "Back to the list", onclick: this.back }, icon("back")),
      avatar(place.title, place.speakers.length === 1 ? place.speakers[0] : place.key),
      el("div", { class: "names" }, el("h2", {}, title), el("p", { class: "quiet" }, about)),
      el("div", { class: "acts" }, ...actsFor(place, deeds).map(({ label, act }) => el("button", { type: "button", class: "soft", onclick: () => attempt(act) }, label))),
      el("button", { type: "button", class: "plain narrow", "aria-label": "Calls and faults", onclick: this.behind }, icon("bolt")),
    );
  }

  async #make(title, fields, make) {
    const key = await askFor(title, fields, make);
    if (key) this.open(key);
  }

  async #forward(message) {
    const { world } = this.place;
    const { speaker } = this.composer;
    const open = [...world.places.values()].filter((it) => it.speakers.includes(speaker) && !it.blocked);
    const fields = [
      { name: "to", label: "To", options: open.map((it) => [it.key, it.parent ? `${world.places.get(it.parent).title}: ${it.title}` : it.title]) },
      { name: "comment", label: "Comment", optional: true, most: 4096 },
      { name: "hidden", label: "Hide the name of its writer", check: true },
    ];
    const key = await askFor("Forward", fields, async ({ to, comment, hidden }) => {
      await world.forward(world.places.get(to), speaker, message, this.place, { comment, hidden });
      return to;
    }, "Forward");
    if (key) this.open(key);
  }

  #welcome() {
    const { place } = this;
    if (place.kind === "posts") {
      return el("div", { class: "welcome" }, el("h3", {}, "A forum"), el("p", {}, "What is said here are posts: threads with a title, in the list on the left."));
    }
    if (place.world.connected) {
      return el("div", { class: "welcome" }, el("h3", {}, "Nothing was said here yet"), el("p", {}, "Say hello: the gateway is listening."));
    }
    return el("div", { class: "welcome" }, el("h3", {}, "No gateway is connected yet"),
      el("p", {}, "Put these lines into its config.yaml and start it with ", el("code", {}, "picklebot run"), ". What you say before waits for it on Telegram."),
      codeBlock(this.lines, "config.yaml"));
  }

  // Names and faces stand only at the first of several messages in a row.
  #group() {
    let before = null;
    for (const node of this.#log.children) {
      const same = node.dataset.speaker !== undefined && before?.dataset.speaker === node.dataset.speaker;
      const apart = before?.matches(".service, .gone") || node.querySelector(".quoted, .used");
      node.classList.toggle("follows", same && !apart);
      before = node;
    }
  }

  #isLow() {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR;
  }

  #down() {
    this.#log.scrollTop = this.#log.scrollHeight;
  }
}

// Ids grow; Discord's are too long for a number.
const inOrder = (one, two) => String(one.id).length - String(two.id).length || (String(one.id) < String(two.id) ? -1 : 1);
