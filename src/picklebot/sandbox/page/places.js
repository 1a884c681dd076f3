// The list on the left: whom and where one can play.

import { avatar, el, icon } from "/dom.js";
import { askFor } from "/dialogs.js";
import { inWords } from "/message.js";

const TITLES = { telegram: "Telegram", discord: "Discord" };

export class PlaceList {
  #node = document.getElementById("list");
  #sections = new Map();

  // `open(key)` shows a place.
  constructor(worlds, open) {
    this.open = open;
    for (const world of worlds) {
      const section = el("section", { class: world.name });
      this.#sections.set(world, section);
      this.#node.append(section);
    }
  }

  draw(world, current) {
    const items = (keep) => [...world.places.values()].filter(keep).flatMap((place) => [
      this.#item(place, current),
      ...[...world.places.values()].filter((each) => each.parent === place.key).map((each) => this.#item(each, current)),
    ]);
    const parts = world.name === "telegram"
      ? [items((it) => !it.parent)]
      : [items((it) => it.kind === "channel" || it.kind === "posts"), items((it) => it.kind === "direct")];
    this.#sections.get(world).replaceChildren(this.#head(world), ...parts.map((part) => el("ul", {}, ...part)), this.#adding(world));
  }

  #head(world) {
    const state = !world.online ? "away" : world.connected ? "connected" : "waiting";
    const said = { away: "out of reach", connected: "gateway connected", waiting: "no gateway yet" }[state];
    return el("h2", {}, TITLES[world.name], el("span", { class: `state ${state}` }, said));
  }

  #item(place, current) {
    const isCurrent = place.key === current;
    const last = [...place.messages.values()].filter((message) => !message.deleted).at(-1);
    const said = last ? (place.world.name === "telegram" && last.note) || `${last.fromBot ? "" : `${last.speaker.name}: `}${inWords(last)}` : place.about;
    const mark = MARKS[place.kind];
    const face = mark ? el("span", { class: "mark", "aria-hidden": "true" }, mark) : avatar(place.title, place.speakers.length === 1 ? place.speakers[0] : place.key);
    const names = el("span", { class: "names" }, el("b", {}, place.title), el("span", { class: "last" }, said));
    const unread = !isCurrent && place.unread ? el("span", { class: "unread" }, String(place.unread)) : null;
    return el("li", { class: place.parent ? "inner" : null },
      el("button", { type: "button", "aria-current": isCurrent ? "true" : null, onclick: () => this.open(place.key) }, face, names, unread));
  }

  #adding(world) {
    const add = (label, act) => el("button", { type: "button", class: "add", onclick: act }, icon("plus"), label);
    const show = async (title, fields, make) => {
      const key = await askFor(title, fields, make);
      if (key) this.open(key);
    };
    const name = (label, value) => ({ name: "name", label, value });
    const bot = { name: "bot", label: "Another bot", check: true };
    const note = { note: "The gateway answers those in allowed_user_ids, and bots in allowed_bot_ids: add the new id there too." };
    const settings = add("The bot", () => askFor("What the bot may", SETTINGS[world.name](world.bot), (wished) => world.setBot(wished), "Save"));
    const language = { name: "language", label: "Language of their app", options: LANGUAGES[world.name] };
    if (world.name === "telegram") {
      return el("p", { class: "adding" },
        add("Person", () => show("A new person on Telegram", [name("Name", "Eva"), language, bot, note], (it) => world.addPerson(it))),
        add("Group", () => show("A new group", [name("Title", "Reading circle"), { name: "forum", label: "A forum with topics", check: true }],
          ({ name: it, forum }) => world.addGroup(it, forum))),
        add("Channel", () => show("A new channel on Telegram", [name("Title", "News")], ({ name: it }) => world.addChannel(it))), settings);
    }
    const role = { name: "role", label: "Role on the server (may stay empty)", value: "", optional: true };
    return el("p", { class: "adding" },
      add("Member", () => show("A new member on Discord", [name("Name", "Finn"), language, role, bot, note], (it) => world.addPerson(it))),
      add("Channel", () => show("A new channel", [name("Name", "random"), { name: "forum", label: "A forum with posts", check: true }], (it) => world.addChannel(it))),
      settings);
  }
}

const LANGUAGES = {
  telegram: [["en", "English"], ["de", "Deutsch"], ["fr", "français"]],
  discord: [["en-US", "English"], ["de", "Deutsch"], ["fr", "français"]],
};

const check = (name, label, value) => ({ name, label, value, check: true });
const SETTINGS = {
  telegram: ({ privacy, topics, botToBot }) => [
    check("privacy", "Privacy mode: in groups only commands and replies", privacy), check("topics", "Topics in private chats", topics),
    check("bot_to_bot", "Hears other bots in groups", botToBot), { note: "@BotFather sets these. The gateway asks for the first when it starts." }],
  discord: ({ content }) => [check("content", "Message content intent", content), { note: "Refused, the gateway is closed with 4014; approved again, it is taken up with the next start." }],
};

const MARKS = { channel: "#", posts: "▤", topic: "›", thread: "›" };
