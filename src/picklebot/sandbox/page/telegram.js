// Telegram's half: its control API in the page's words.

import { renderEntities } from "/entities.js";
import { renderRich, spoken } from "/rich.js";
import { World, base64 } from "/world.js";

const TYPING_SECONDS = 5;
const TEXT_LIMIT = 4096;
const POLL_SECONDS = 60;
const MOST_EARLY = 20;

export class Telegram extends World {
  #event = 0;
  #menus = [];
  #queries = new Map(); // who waits for the answer, by the query
  #answers = new Map(); // those that nobody waits for yet

  async eventsUrl() {
    const { event } = await this.get("/state");
    return `${this.prefix}/events?after=${event}`;
  }

  async load() {
    const state = await this.get("/state");
    this.#event = state.event;
    if (this.calls.at(-1)?.number > state.event) this.calls = []; // the sandbox was started anew
    this.#menus = state.commands;
    this.bot = person(state.bot);
    this.faults = state.faults.map(({ method, kind, code, left }) => `${method}: ${kind === "error" ? code : kind}${left > 1 ? `, ${left} times` : ""}`);
    this.limited = state.limits;
    this.people = new Map(state.users.map((user) => [user.id, person(user)]));
    const before = this.places;
    this.places = new Map();
    for (const chat of state.chats) this.#settle(chat, before);
    await this.#loadCalls();
  }

  async #loadCalls() {
    const calls = await this.get(`/calls?after=${this.calls.at(-1)?.number ?? 0}`);
    for (const call of calls) this.#call(call);
  }

  #settle(chat, before) {
    const root = this.#place(chat, null, before);
    for (const thread of Object.keys(chat.topics)) this.#place(chat, thread, before);
    if (chat.is_forum) root.about = "General";
    for (const raw of chat.messages) this.#home(raw)?.messages.set(raw.message_id, this.#message(raw));
  }

  #place(chat, thread, before) {
    const key = `telegram ${chat.id}${thread ? `#${thread}` : ""}`;
    const kind = thread ? "topic" : chat.is_forum ? "forum" : chat.type;
    const speakers = chat.type === "private" ? [chat.id] : chat.members.filter((it) => !it.is_bot).map((it) => it.id);
    const old = before.get(key);
    const place = {
      key, kind, speakers, world: this, chat: chat.id, thread: thread ? Number(thread) : null,
      title: thread ? chat.topics[thread] : chat.title ?? chat.first_name,
      about: ABOUT[kind] ?? chat.title, parent: thread ? `telegram ${chat.id}` : null, blocked: !chat.bot_in,
      messages: new Map(), typing: old?.typing ?? null, draft: old?.draft ?? null, unread: old?.unread ?? 0,
    };
    this.places.set(key, place);
    return place;
  }

  #home(raw) {
    const root = `telegram ${raw.chat.id}`;
    const topic = raw.is_topic_message ? this.places.get(`${root}#${raw.message_thread_id}`) : null;
    return topic ?? this.places.get(root);
  }

  #message(raw, before) {
    const blocks = raw.rich_message?.blocks;
    const text = blocks ? spoken(blocks) : raw.text ?? raw.caption ?? "";
    const versions = raw.versions ?? before?.versions ?? [];
    const added = raw.versions || versions.at(-1)?.text === text ? [] : [{ text, at: raw.edit_date ?? raw.date }];
    const speaker = raw.sender_chat ? { id: raw.sender_chat.id, name: raw.sender_chat.title, bot: false } : person(raw.from);
    const mine = raw.from?.id === this.bot.id;
    return {
      id: raw.message_id, at: raw.date, speaker, text, plain: text, versions: [...versions, ...added], fromBot: mine,
      entities: raw.entities ?? raw.caption_entities ?? [], replyTo: raw.reply_to_message?.message_id ?? null,
      body(onCommand) { return blocks ? renderRich(blocks) : renderEntities(text, this.entities, onCommand); },
      rows: (raw.reply_markup?.inline_keyboard ?? []).map((row) => row.map((button) => this.#button(raw, button))),
      files: this.#files(raw), note: service(raw), only: null, loading: false, deleted: before?.deleted ?? false,
      reactions: raw.reactions ?? before?.reactions ?? [],
    };
  }

  #button(raw, { text, url }) {
    if (url) return { label: text, url };
    return { label: text, press: async (from) => {
      const { query } = await this.post(`/chats/${raw.chat.id}/press`, { from, message: raw.message_id, label: text });
      return this.#answerTo(query);
    } };
  }

  // The bot may answer before the press itself is answered.
  #answerTo(query) {
    const early = this.#answers.get(query);
    this.#answers.delete(query);
    return early ?? new Promise((resolve) => this.#queries.set(query, resolve));
  }

  #files(raw) {
    const url = (file) => `${this.prefix}/files/${file.file_id}`;
    const picture = raw.photo?.at(-1) ?? raw.sticker;
    if (picture) return [{ name: raw.photo ? "photo" : "sticker", url: url(picture), size: picture.file_size, picture: true }];
    const file = raw.document ?? raw.voice;
    return file ? [{ name: file.file_name ?? "voice message", url: url(file), size: file.file_size, picture: false }] : [];
  }

  hear(event) {
    if (event.number <= this.#event) return;
    this.#event = event.number;
    HEARD[event.kind]?.call(this, event);
  }

  hearMessage({ message: raw }) {
    const place = this.#home(raw);
    if (!place || (raw.is_topic_message && !place.thread)) return this.refresh();
    const message = this.#message(raw, place.messages.get(raw.message_id));
    if (message.fromBot) place.draft = null;
    return this.keep(place, message);
  }

  hearDeletion({ message: raw }) {
    const place = this.#home(raw);
    const message = place?.messages.get(raw.message_id);
    if (message) this.keep(place, { ...message, deleted: true, rows: [] });
  }

  hearReaction({ chat, message: id, reactions }) {
    for (const place of this.places.values()) {
      const message = place.chat === chat && place.messages.get(id);
      if (message) this.keep(place, { ...message, reactions });
    }
  }

  hearAction({ chat, thread }) {
    const place = this.#at(chat, thread);
    if (place) this.sign(place, this.bot.name, Date.now() + TYPING_SECONDS * 1000);
  }

  hearDraft({ chat, thread, text, id, stoppable }) {
    const place = this.#at(chat, thread);
    if (!place) return;
    place.draft = { text: text || "…", stop: stoppable ? () => this.post(`/chats/${chat}/stop`, { draft: id }) : null };
    this.tell("signs", place);
  }

  hearAnswer({ query, text }) {
    const resolve = this.#queries.get(query);
    this.#queries.delete(query);
    if (resolve) resolve(text ?? "");
    else this.#answers = new Map([...this.#answers, [query, text ?? ""]].slice(-MOST_EARLY));
  }

  hearCall(event) {
    this.#call(event);
    if (event.method.toLowerCase().endsWith("mycommands")) this.refresh();
    if (event.fault) this.refresh();
  }

  #call({ number, at, method, params, result, error, fault }) {
    const isPoll = method.toLowerCase() === "getupdates";
    if (Date.now() / 1000 - at < POLL_SECONDS) this.#seen();
    if (isPoll && !error && !fault) return;
    const trouble = error ?? (fault ? fault.replaceAll("_", " ") : null);
    this.addCall({ number, at, name: method, about: params.text ?? params.action ?? (params.rich_message ? "a rich message" : ""), trouble, detail: { params, result } });
  }

  #seen() {
    if (!this.connected) {
      this.connected = true;
      this.tell("places");
    }
    clearTimeout(this.gone);
    this.gone = setTimeout(() => {
      this.connected = false;
      this.tell("places");
    }, POLL_SECONDS * 1000);
  }

  #at(chat, thread) {
    return this.places.get(`telegram ${chat}${thread ? `#${thread}` : ""}`) ?? this.places.get(`telegram ${chat}`);
  }

  // -- what a person does

  async say(place, from, { text, replyTo, file }) {
    const path = `/chats/${place.chat}`;
    const common = { from, thread: place.thread };
    if (file) {
      const kind = /^image\/(jpeg|png|webp)$/.test(file.type) ? "photo" : "document";
      return this.post(`${path}/file`, { ...common, kind, name: file.name, caption: text, data: await base64(file) });
    }
    if (text.length > TEXT_LIMIT) return this.post(`${path}/paste`, { ...common, text });
    return this.post(`${path}/say`, { ...common, text, reply_to: replyTo });
  }

  edit(place, message, text) {
    return this.post(`/chats/${place.chat}/edit`, { message: message.id, text });
  }

  async setBlocked(place, blocked) {
    await this.post(`/chats/${place.chat}/block`, { blocked });
    await this.refresh();
  }

  async upgrade(place) {
    const { chat } = await this.post(`/chats/${place.chat}/upgrade`, {});
    await this.refresh();
    return `telegram ${chat}`;
  }

  commands(place) {
    const near = place.kind === "private" ? "all_private_chats" : "all_group_chats";
    const fits = (menu, type) => menu.scope.type === type && (type !== "chat" || menu.scope.chat_id === place.chat);
    const menu = ["chat", near, "default"].map((type) => this.#menus.find((it) => fits(it, type) && !it.language)).find(Boolean);
    return (menu?.commands ?? []).map(({ command, description }) => ({ name: command, description }));
  }

  async addPerson(name) {
    const id = Math.max(1000, ...[...this.people.keys()].filter((it) => it < 1e6)) + 1;
    await this.post("/users", { id, name, username: name.toLowerCase().replace(/\W+/g, "_").slice(0, 32) || null });
    await this.post("/chats", { type: "private", user: id });
    await this.refresh();
    return `telegram ${id}`;
  }

  async addGroup(title, forum) {
    const taken = [...this.places.values()].map((place) => place.chat);
    const id = Math.min(forum ? -1000000002000 : -9000, ...taken.filter((it) => forum || it > -1000000000000)) - 1;
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

const HEARD = {
  message: Telegram.prototype.hearMessage,
  edit: Telegram.prototype.hearMessage,
  delete: Telegram.prototype.hearDeletion,
  reaction: Telegram.prototype.hearReaction,
  action: Telegram.prototype.hearAction,
  draft: Telegram.prototype.hearDraft,
  answer: Telegram.prototype.hearAnswer,
  call: Telegram.prototype.hearCall,
  fault: Telegram.prototype.refresh,
  membership: Telegram.prototype.refresh,
  reset: Telegram.prototype.refresh,
};

const ABOUT = { private: "private chat", group: "group", supergroup: "group", forum: "forum", channel: "channel" };

function person(user) {
  return { id: user?.id ?? 0, name: user?.first_name ?? "Telegram", username: user?.username ?? null, bot: user?.is_bot ?? false };
}

function service(raw) {
  if (raw.migrate_to_chat_id) return `This group became the supergroup ${raw.migrate_to_chat_id}.`;
  return raw.from || raw.sender_chat ? null : "Something happened here.";
}
