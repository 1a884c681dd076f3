// Telegram's half: its control API in the page's words.

import { filesOf, noteOf, thingOf } from "/contents.js";
import { renderEntities } from "/entities.js";
import { renderRich, spoken } from "/rich.js";
import { TelegramDeeds } from "/telegram-deeds.js";

const TYPING_SECONDS = 5;
const POLL_SECONDS = 60;
const MOST_EARLY = 20;

export class Telegram extends TelegramDeeds {
  #event = 0;
  #menus = [];
  #channels = [];
  #hook = false;
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
    this.bot = { ...person(state.bot), privacy: state.bot.privacy, topics: state.bot.topics, botToBot: state.bot.bot_to_bot };
    this.#hook = Boolean(state.webhook);
    this.faults = state.faults.map(({ method, kind, code, left }) => `${method}: ${kind === "error" ? code : kind}${left > 1 ? `, ${left} times` : ""}`);
    this.limited = state.limits;
    this.people = new Map(state.users.map((user) => [user.id, person(user)]));
    const before = this.places;
    this.places = new Map();
    this.#channels = state.chats.filter(({ type }) => type === "channel").map(({ id, title }) => ({ id, name: title }));
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
    const speakers = this.#speakers(chat);
    const old = before.get(key);
    const place = {
      key, kind, speakers, world: this, chat: chat.id, thread: thread ? Number(thread) : null,
      title: thread ? chat.topics[thread] : chat.title ?? chat.first_name,
      about: ABOUT[kind] ?? chat.title, parent: thread ? `telegram ${chat.id}` : null, blocked: !chat.bot_in, admin: chat.bot_admin,
      topics: !thread && (kind === "forum" || (kind === "private" && this.bot.topics)), closed: chat.closed_topics.includes(Number(thread)),
      messages: new Map(), typing: old?.typing ?? null, draft: old?.draft ?? null, unread: old?.unread ?? 0,
    };
    this.places.set(key, place);
    return place;
  }

  // People, other bots, the group itself (its anonymous administrators) and channels speak in a group.
  #speakers(chat) {
    if (["private", "channel"].includes(chat.type)) return [chat.id];
    const members = [...chat.members].sort((one, two) => one.is_bot - two.is_bot).map(({ id }) => id);
    return [...members, chat.id, ...this.#channels.map(({ id }) => id)];
  }

  nameOf(id, place) {
    if (id > 0) return super.nameOf(id);
    const channel = this.#channels.find((each) => each.id === id);
    return channel ? `${channel.name} (channel)` : `${this.places.get(`telegram ${id}`)?.title ?? place.title} (anonymous)`;
  }

  #home(raw) {
    const root = `telegram ${raw.chat.id}`;
    const topic = raw.is_topic_message ? this.places.get(`${root}#${raw.message_thread_id}`) : null;
    return topic ?? this.places.get(root);
  }

  #message(raw, before) {
    const blocks = raw.rich_message?.blocks;
    const text = blocks ? spoken(blocks) : raw.text ?? raw.caption ?? "";
    const thing = thingOf(raw);
    const versions = raw.versions ?? before?.versions ?? [];
    const added = raw.versions || versions.at(-1)?.text === text ? [] : [{ text, at: raw.edit_date ?? raw.date }];
    const speaker = raw.sender_chat ? { id: raw.sender_chat.id, name: raw.sender_chat.title, bot: false } : person(raw.from);
    const mine = raw.from?.id === this.bot.id;
    return {
      id: raw.message_id, at: raw.date, speaker, text, plain: text || (thing ? `${thing.kind} ${thing.said}` : ""), versions: [...versions, ...added], fromBot: mine,
      entities: raw.entities ?? raw.caption_entities ?? [], replyTo: raw.reply_to_message?.message_id ?? null,
      quote: raw.quote?.text ?? "", thing,
      body(onCommand) { return blocks ? renderRich(blocks) : renderEntities(text, this.entities, onCommand); },
      rows: (raw.reply_markup?.inline_keyboard ?? []).map((row) => row.map((button) => this.#button(raw, button))),
      files: filesOf(raw, (file) => `${this.prefix}/files/${file.file_id}`), note: noteOf(raw), origin: originator(raw.forward_origin), only: null, loading: false, deleted: before?.deleted ?? false,
      reactions: raw.reactions ?? before?.reactions ?? [],
    };
  }

  #button(raw, { text, url }) {
    if (url) return { label: text, url };
    return { label: text, press: async (speaker) => {
      const from = speaker > 0 ? speaker : this.#behind(raw.chat.id);
      const { query } = await this.post(`/chats/${raw.chat.id}/press`, { from, message: raw.message_id, label: text });
      return this.#answerTo(query);
    } };
  }

  // Who presses for a group or a channel: Telegram tells the person.
  #behind(chat) {
    return this.places.get(`telegram ${chat}`)?.speakers.find((id) => id > 0 && !this.people.get(id)?.bot);
  }

  // The bot may answer before the press itself is answered.
  #answerTo(query) {
    const early = this.#answers.get(query);
    this.#answers.delete(query);
    return early ?? new Promise((resolve) => this.#queries.set(query, resolve));
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
    if (/(mycommands|webhook)$/i.test(event.method)) this.refresh();
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
    if (!this.#hook) this.gone = setTimeout(() => this.#missed(), POLL_SECONDS * 1000); // who has a webhook need not poll
  }

  #missed() {
    this.connected = false;
    this.tell("places");
  }

  hearDelivery({ taken }) {
    if (taken) this.#seen();
    else this.#missed();
  }

  #at(chat, thread) {
    return this.places.get(`telegram ${chat}${thread ? `#${thread}` : ""}`) ?? this.places.get(`telegram ${chat}`);
  }

  // The menu that Telegram would show: the nearest scope, and of that the one in the language of who looks.
  commands(place, speaker) {
    const language = this.people.get(speaker)?.language ?? "";
    const near = place.chat > 0 ? "all_private_chats" : "all_group_chats";
    const fits = (menu, type) => menu.scope.type === type && (type !== "chat" || menu.scope.chat_id === place.chat);
    const looked = ["chat", near, "default"].flatMap((type) => [language, ""].map((code) => this.#menus.find((it) => fits(it, type) && it.language === code)));
    return (looked.find(Boolean)?.commands ?? []).map(({ command, description }) => ({ name: command, description }));
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
  bot: Telegram.prototype.refresh,
  delivery: Telegram.prototype.hearDelivery,
  reset: Telegram.prototype.refresh,
};

const ABOUT = { private: "private chat", group: "group", supergroup: "group", forum: "forum", channel: "channel" };

function person(user) {
  return { id: user?.id ?? 0, name: user?.first_name ?? "Telegram", username: user?.username ?? null, bot: user?.is_bot ?? false, language: user?.language_code ?? "" };
}

function originator(origin) {
  if (!origin) return null;
  return origin.sender_user_name ?? origin.sender_user?.first_name ?? (origin.sender_chat ?? origin.chat)?.title ?? "somebody";
}
