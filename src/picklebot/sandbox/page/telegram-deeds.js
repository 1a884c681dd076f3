// What a person does on Telegram, as requests to its control API.

import { World, base64 } from "/world.js";

const TEXT_LIMIT = 4096;
const MOST_IN_ALBUM = 10;
const FIRST_GROUP = -9000;
const FIRST_SUPERGROUP = -1000000002000;

export class TelegramDeeds extends World {
  async say(place, from, { text, replyTo, quote, files, way }) {
    const path = `/chats/${place.chat}`;
    const common = { from, thread: place.thread, reply_to: replyTo };
    if (files.length) return this.#sendFiles(path, common, text, files, way);
    if (text.length > TEXT_LIMIT) return this.post(`${path}/paste`, { from, thread: place.thread, text });
    return this.post(`${path}/say`, { ...common, text, quote });
  }

  // The words go with the first one, as the apps send them.
  async #sendFiles(path, common, text, files, way) {
    for (const album of albumsOf(files, way)) {
      const id = album.length > 1 ? crypto.randomUUID() : null;
      for (const { file, kind } of album) {
        const caption = file === files[0] ? text : "";
        await this.post(`${path}/file`, { ...common, kind, name: file.name, mime: file.type || null, caption, album: id, data: await base64(file) });
      }
    }
  }

  ways(files) {
    const heard = files.every((file) => kindOf(file, "") === "audio");
    return [["", "as they are"], ["document", "as files"], ...(heard ? [["voice", "as voice messages"]] : [])];
  }

  async send(place, from, [verb, body], replyTo) {
    await this.post(`/chats/${place.chat}/${verb}`, { ...body, from, thread: place.thread, reply_to: replyTo });
  }

  forward(place, from, message, source, { comment, hidden }) {
    return this.post(`/chats/${place.chat}/forward`, { from, source: source.chat, message: message.id, comment, hidden, thread: place.thread });
  }

  edit(place, message, text) {
    return this.post(`/chats/${place.chat}/edit`, { message: message.id, text });
  }

  async #change(place, verb, body) {
    await this.post(`/chats/${place.chat}/${verb}`, body);
    await this.refresh();
  }

  setAdmin(place, admin) {
    return this.#change(place, "admin", { admin });
  }

  setClosed(place, closed) {
    return this.#change(place, "close", { thread: place.thread, closed });
  }

  async setBot(wished) {
    await this.post("/bot", wished);
    await this.refresh();
    return true;
  }

  // Those who are not in a group.
  absent(place) {
    return [...this.people.values()].filter(({ id }) => id !== this.bot.id && !place.speakers.includes(id));
  }

  async join(place, who) {
    for (const [user, joins] of Object.entries(who)) if (joins) await this.post(`/chats/${place.chat}/join`, { user: Number(user) });
    await this.refresh();
    return true;
  }

  setBlocked(place, blocked) {
    return this.#change(place, "block", { blocked });
  }

  async upgrade(place) {
    const { chat } = await this.post(`/chats/${place.chat}/upgrade`, {});
    await this.refresh();
    return `telegram ${chat}`;
  }

  async addPerson({ name, language, bot }) {
    const id = Math.max(1000, ...[...this.people.keys()].filter((it) => it < 1e6)) + 1;
    const username = name.toLowerCase().replace(/\W+/g, "_").slice(0, 32) || null;
    await this.post("/users", { id, name, username, language, is_bot: bot });
    if (!bot) await this.post("/chats", { type: "private", user: id });
    await this.refresh();
    return bot ? this.#bring(id) : `telegram ${id}`;
  }

  // Another bot is met in groups only.
  async #bring(user) {
    const groups = [...this.places.values()].filter(({ kind, parent }) => !parent && ["group", "supergroup", "forum"].includes(kind));
    for (const { chat } of groups) await this.post(`/chats/${chat}/join`, { user });
    await this.refresh();
    return groups[0]?.key ?? "";
  }

  async addChannel(title) {
    const id = this.#freeId(FIRST_SUPERGROUP, true);
    await this.post("/chats", { type: "channel", id, title });
    await this.refresh();
    return `telegram ${id}`;
  }

  #freeId(first, large) {
    const taken = [...this.places.values()].map((place) => place.chat);
    return Math.min(first, ...taken.filter((it) => large || it > -1000000000000)) - 1;
  }

  async addGroup(title, forum) {
    const id = this.#freeId(forum ? FIRST_SUPERGROUP : FIRST_GROUP, forum);
    const members = [...this.people.values()].filter((it) => !it.bot).map((it) => it.id);
    await this.post("/chats", { type: "group", id, title, forum, members });
    await this.refresh();
    return `telegram ${id}`;
  }

  async addTopic(place, name) {
    const { thread } = await this.post(`/chats/${place.chat}/topic`, { name });
    await this.refresh();
    return `telegram ${place.chat}#${thread}`;
  }
}

// What the apps make of a file; `way` is what its sender chose.
function kindOf(file, way) {
  if (way) return way;
  if (/^image\/(jpeg|png|webp)$/.test(file.type)) return "photo";
  return /^(audio|video)\//.exec(file.type)?.[1] ?? "document";
}

// Pictures and films go together, files with files, recordings with recordings; a voice message goes alone.
function albumsOf(files, way) {
  const albums = [];
  const group = (kind) => (kind === "video" ? "photo" : kind);
  for (const file of files) {
    const kind = kindOf(file, way);
    const last = albums.at(-1);
    const joins = last && kind !== "voice" && group(last[0].kind) === group(kind) && last.length < MOST_IN_ALBUM;
    if (joins) last.push({ file, kind });
    else albums.push([{ file, kind }]);
  }
  return albums;
}
