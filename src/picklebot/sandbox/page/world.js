// What both platforms have in common: people, places, messages and the bot's calls, in one form.
//
//   person   {id, name, username, bot, language}
//   place    {key, world, title, about, kind, parent, speakers: [id], messages: Map, typing, draft, unread, closed}
//   message  {id, at, speaker: {id, name, bot}, text, plain, versions: [{text, at}], body(), rows: [[button]], files,
//             thing: {kind, said}, replyTo, quote, note, origin, only, loading, deleted, reactions}; plain is the text with
//             people's names, origin who wrote what was passed on
//   button   {label, url} or {label, press(speakerId)}
//   call     {number, at, name, about, trouble, detail}

import { follow } from "/line.js";

const MOST_CALLS = 300;

export class World {
  people = new Map();
  places = new Map();
  calls = [];
  faults = [];
  online = false;
  connected = false;
  bot = { id: "", name: "the bot" };
  #current = Promise.resolve();
  #next = null;
  #held = null;

  constructor(name, url, listener) {
    Object.assign(this, { name, url, listener, prefix: `${url}/sandbox/${name}` });
  }

  run() {
    return follow(() => this.eventsUrl(), {
      onOpen: async () => {
        await this.refresh();
        this.online = true;
        this.tell("places");
      },
      onEvent: (event) => (this.#held ? this.#held.push(event) : this.hear(event)),
      onLost: () => {
        this.online = this.connected = false;
        this.tell("places");
      },
    });
  }

  // What changed: "places", "calls", "faults", or "message" and "signs" with the place.
  tell(what, place = null, message = null) {
    this.listener(this, what, place, message);
  }

  // How somebody who speaks in a place is called there.
  nameOf(id) {
    const person = this.people.get(id);
    return person?.bot ? `${person.name} (bot)` : person?.name ?? "nobody";
  }

  async get(path) {
    return this.#ask(path, {});
  }

  async post(path, body) {
    const headers = { "content-type": "application/json" };
    return this.#ask(path, { method: "POST", headers, body: JSON.stringify(body) });
  }

  async forgetFaults() {
    await this.#ask("/faults", { method: "DELETE" });
    await this.refresh();
  }

  // Looks at the whole state again; who asks while a look is waiting to begin shares it.
  refresh() {
    this.#next ??= this.#current.catch(() => null).then(() => {
      this.#current = this.#next;
      this.#next = null;
      return this.#look();
    });
    return this.#next;
  }

  // What is heard meanwhile is taken in afterwards: the state may be older than it.
  async #look() {
    const held = (this.#held = []);
    try {
      await this.load();
    } finally {
      this.#held = null;
      held.forEach((event) => this.hear(event));
    }
    this.tell("places");
    this.tell("faults");
  }

  // A call that was seen already, by its number, is left out.
  addCall(call) {
    if (call.number <= (this.calls.at(-1)?.number ?? 0)) return;
    this.calls.push(call);
    if (this.calls.length > MOST_CALLS) this.calls.shift();
    this.tell("calls");
  }

  sign(place, name, until) {
    place.typing = { name, until };
    this.tell("signs", place);
  }

  keep(place, message) {
    const isNew = !place.messages.has(message.id);
    place.messages.set(message.id, message);
    if (isNew) {
      place.unread += 1;
      if (place.typing?.name === message.speaker.name) place.typing = null;
    }
    this.tell("message", place, message);
  }

  async #ask(path, options) {
    let response;
    try {
      response = await fetch(this.prefix + path, options);
    } catch {
      throw new Error(`The sandbox's ${this.name} cannot be reached just now.`);
    }
    const answer = await response.json().catch(() => null);
    if (!response.ok) throw new Error(answer?.error ?? `The sandbox refused: ${response.status}`);
    return answer;
  }
}

export async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const parts = [];
  for (let at = 0; at < bytes.length; at += 32768) parts.push(String.fromCharCode(...bytes.subarray(at, at + 32768)));
  return btoa(parts.join(""));
}
