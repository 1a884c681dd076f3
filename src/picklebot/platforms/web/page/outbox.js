// Messages that have no answer yet. They outlive the tab: the gateway knows a message by its id, so it is safe
// to post one again whenever it is not known what became of it.

const KEY = "picklebot.outbox";
const DAYS = 6; // the gateway knows ids for seven

export class Outbox {
  #items = new Map();

  constructor(storage = localStorage) {
    this.storage = storage;
    for (const item of read(storage)) this.#items.set(item.id, item);
  }

  get items() {
    return [...this.#items.values()];
  }

  get(id) {
    return this.#items.get(id);
  }

  add(text) {
    const item = { id: randomId(), text, at: Date.now(), turn: null };
    this.#items.set(item.id, item);
    this.#save();
    return item;
  }

  change(id, change) {
    const item = this.#items.get(id);
    if (item) Object.assign(item, change);
    this.#save();
  }

  remove(id) {
    this.#items.delete(id);
    this.#save();
  }

  #save() {
    try {
      this.storage.setItem(KEY, JSON.stringify(this.items));
    } catch {
      // A browser that keeps nothing still sends.
    }
  }
}

function read(storage) {
  try {
    const oldest = Date.now() - DAYS * 24 * 3600 * 1000;
    return JSON.parse(storage.getItem(KEY) ?? "[]").filter((item) => item.id && item.at > oldest);
  } catch {
    return [];
  }
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
