// The chat in the middle.

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

  // `lines` are those for config.yaml; `back()` and `behind()` move on a narrow screen, `open(key)` shows a place.
  constructor(lines, { back, behind, open }) {
    Object.assign(this, { lines, back, behind, open });
    this.composer = new Composer(() => this.draw());
    this.#node.append(this.#head, this.#log, this.#signs, this.composer.node, this.composer.hint);
    this.view = {
      speaker: () => this.composer.speaker,
      say: (text) => this.composer.send(text),
      reply: (message) => this.composer.reply(message),
      edit: (message) => this.composer.edit(message),
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
    const { world } = place;
    const parent = world.places.get(place.parent);
    const title = place.kind === "channel" ? `# ${place.title}` : place.title;
    const about = parent ? `in ${parent.title}` : place.about;
    const act = (label, what) => el("button", { type: "button", class: "soft", onclick: what }, label);
    this.#head.replaceChildren(...[
      el("button", { type: "button", class: "plain narrow", "aria-label": "Back to the list", onclick: this.back }, icon("back")),
      avatar(place.title, place.speakers.length === 1 ? place.speakers[0] : place.key),
      el("div", { class: "names" }, el("h2", {}, title), el("p", { class: "quiet" }, about)),
      place.kind === "forum" ? act("New topic", () => this.#make("A new topic", (name) => world.addTopic(place, name))) : null,
      place.kind === "channel" ? act("New thread", () => this.#make("A new thread", (name) => world.addThread(place, name, this.composer.speaker))) : null,
      place.kind === "group" ? act("Make it a supergroup", () => attempt(async () => this.open(await world.upgrade(place)))) : null,
      place.kind === "channel" && world.invite ? act("Invite the bot", () => attempt(() => world.invite(place))) : null,
      ADDED_TO.has(place.kind) ? act(place.blocked ? "Add the bot" : "Remove the bot", () => attempt(() => world.setBlocked(place, !place.blocked))) : null,
      place.kind === "private" ? act(place.blocked ? "Unblock" : "Block the bot", () => attempt(() => world.setBlocked(place, !place.blocked))) : null,
      el("button", { type: "button", class: "plain narrow", "aria-label": "Calls and faults", onclick: this.behind }, icon("bolt")),
    ].filter(Boolean));
  }

  async #make(title, make) {
    const key = await askFor(title, [{ name: "name", label: "Name", value: "Pickling" }], ({ name }) => make(name));
    if (key) this.open(key);
  }

  #welcome() {
    const { place } = this;
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

const ADDED_TO = new Set(["group", "supergroup", "forum"]);
