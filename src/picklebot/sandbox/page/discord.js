// Discord's half: its control API in the page's words.

import { askFor } from "/dialogs.js";
import { DiscordDeeds } from "/discord-deeds.js";
import { renderMarkdown } from "/markdown.js";
import { focusOf, localised, optionsOf } from "/options.js";

const TYPING_SECONDS = 10;
const ANSWER_SECONDS = 3;
const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const DIRECT = 1;
const THREAD = 11;
const FORUM = 15;
const LIST = 3;
const SLASH = 1;
const ON_MESSAGE = 3;
const LABEL = 18;
const FIELD = 4;
const PARAGRAPH = 2;
const LONGEST = 4000;
const MOST_PICKED = 100;
const MOST_EARLY = 20;

export class Discord extends DiscordDeeds {
  #commands = [];
  #picked = new Map(); // what a suggestion stands for, by its option and its words
  #asked = new Map(); // the command or button by its interaction
  #waiting = new Map(); // who waits for the answer, by the interaction
  #early = []; // interactions that were answered before anybody waited
  #looking = null;

  async eventsUrl() {
    return `${this.prefix}/events`;
  }

  async load() {
    const state = await this.get("/state");
    this.bot = { ...person(state.bot), content: state.bot.message_content };
    this.connected = state.gateway.connected;
    this.faults = state.faults.map(({ route, times, status, drop, delay }) =>
      `${route}: ${status ?? (drop ? `drop ${drop}` : `${delay} s`)}${times > 1 ? `, ${times} times` : ""}`);
    this.#commands = state.commands;
    this.guilds = state.guilds;
    this.people = new Map(state.users.map((user) => [user.id, { ...person(user), closed: !user.dms_open }]));
    const before = this.places;
    this.places = new Map();
    for (const channel of state.channels) this.#settle(channel, before);
    await this.#loadCalls();
  }

  #settle(channel, before) {
    const kind = { [DIRECT]: "direct", [THREAD]: "thread", [FORUM]: "posts" }[channel.type] ?? "channel";
    const guild = this.guilds.find((each) => each.id === channel.guild_id);
    const [recipient] = channel.recipients ?? [];
    const members = guild?.members ?? [recipient.id];
    const key = `discord ${channel.id}`;
    const old = before.get(key);
    const place = {
      key, kind, world: this, channel: channel.id, guild,
      title: channel.name ?? recipient?.username ?? "Direct messages",
      about: kind === "direct" ? ["direct messages", ...this.#roles(recipient.id)].join(" · ") : kind === "posts" ? "forum" : guild?.name ?? "",
      parent: kind === "thread" ? `discord ${channel.parent_id}` : null,
      speakers: members.filter((id) => id !== this.bot.id).sort((one, two) => this.#isBot(one) - this.#isBot(two)),
      closed: recipient ? this.people.get(recipient.id)?.closed : channel.locked,
      messages: new Map(), typing: old?.typing ?? null, draft: null, unread: old?.unread ?? 0,
    };
    for (const raw of channel.messages) place.messages.set(raw.id, this.#message(raw, place));
    this.places.set(key, place);
  }

  #isBot(id) {
    return Boolean(this.people.get(id)?.bot);
  }

  // Which roles somebody has, with the ids that config.yaml wants.
  #roles(user) {
    return this.guilds.flatMap(({ roles, worn }) => roles.filter(({ id }) => worn[user]?.includes(id)).map(({ id, name }) => `${name} (${id})`));
  }

  #message(raw, place, before) {
    const text = raw.content;
    const thing = thingOf(raw);
    const versions = raw.versions ?? before?.versions ?? [];
    const at = Date.parse(raw.timestamp) / 1000;
    const changedAt = raw.edited_timestamp ? Date.parse(raw.edited_timestamp) / 1000 : at;
    const added = raw.versions || versions.at(-1)?.text === text ? [] : [{ text, at: changedAt }];
    const asker = raw.interaction_metadata?.user;
    const asked = this.#asked; // may learn of the command after the answer has come
    return {
      id: raw.id, at, interaction: raw.interaction_metadata?.id, speaker: person(raw.author), text, plain: this.#plain(text) || (thing ? `${thing.kind} ${thing.said}` : ""), thing, fromBot: raw.author.id === this.bot.id,
      versions: [...versions, ...added].filter((version) => version.text), replyTo: raw.message_reference?.message_id ?? null,
      body: () => renderMarkdown(text, (kind, id) => this.#name(kind, id)),
      rows: (raw.components ?? []).flatMap((row) => this.#rows(raw, place, row.components ?? [])),
      files: raw.attachments.map((file) => ({ name: file.waveform ? `voice message ${file.filename}` : file.filename, url: file.url, size: file.size, picture: isPicture(file) })),
      get note() { return asker ? `${asker.username} used ${asked.get(raw.interaction_metadata.id) ?? "a command"}` : null; },
      only: raw.flags & EPHEMERAL ? asker?.username ?? "one person" : null,
      loading: Boolean(raw.flags & LOADING), deleted: before?.deleted ?? false,
      reactions: (raw.reactions ?? []).map((each) => `${each.emoji.name} ${each.count}`),
    };
  }

  /** Buttons stand side by side; what a list offers, one below the other. */
  #rows(raw, place, components) {
    const [first] = components;
    if (first?.type !== LIST) return [components.map((each) => this.#button(raw, place, each))];
    const { custom_id, options, disabled } = first;
    return options.map(({ label, value }) => [this.#button(raw, place, { label, custom_id, disabled, values: [value] })]);
  }

  #button(raw, place, { label, emoji, url, custom_id: id, disabled, values }) {
    const shown = label ?? emoji?.name ?? "button";
    if (url) return { label: shown, url };
    return { label: shown, disabled, press: (from) =>
      this.#interact(place, "press", { from, message: raw.id, custom_id: id, values }, `the button ${shown}`) };
  }

  // Resolves to "" when the bot has answered, or to what Discord tells the person when it has not in time.
  async #interact(place, verb, body, what) {
    const { interaction } = await this.post(`/channels/${place.channel}/${verb}`, body);
    this.#asked.set(interaction, what);
    this.#showAsked(place, interaction);
    const { failed, form } = await this.#outcome(interaction);
    if (failed) return "The application did not respond.";
    if (form) this.#fillIn(place, interaction, form, what);
    return "";
  }

  // The bot may answer before what asked it is answered.
  #hearAnswer(interaction) {
    const wake = this.#waiting.get(interaction);
    if (wake) wake();
    else this.#early = [...this.#early, interaction].slice(-MOST_EARLY);
  }

  // What became of an interaction, as soon as the bot has answered it, or when it is too late for that.
  async #outcome(interaction) {
    const answered = new Promise((resolve) => (this.#early.includes(interaction) ? resolve() : this.#waiting.set(interaction, resolve)));
    const late = new Promise((resolve) => setTimeout(resolve, ANSWER_SECONDS * 1000 + 200));
    await Promise.race([answered, late]);
    this.#waiting.delete(interaction);
    return this.get(`/interactions/${interaction}`);
  }

  // The form stays open until the bot has answered what was filled in.
  #fillIn(place, opened, { title, components }, what) {
    const fields = components.flatMap((each) => fieldOf(each) ?? []).map((field) => ({
      name: field.custom_id, label: field.label, value: field.value ?? "", hint: field.placeholder, long: field.style === PARAGRAPH,
      most: field.max_length ?? LONGEST, least: field.min_length, optional: field.required === false,
    }));
    return askFor(title, fields, async (values) => {
      const { interaction } = await this.post(`/interactions/${opened}/submit`, { values });
      this.#asked.set(interaction, what);
      this.#showAsked(place, interaction);
      if ((await this.#outcome(interaction)).failed) throw new Error("Something went wrong. Try again.");
      return true;
    }, "Submit");
  }

  #showAsked(place, interaction) {
    const now = this.places.get(place.key) ?? place;
    for (const message of now.messages.values()) if (message.interaction === interaction) this.tell("message", now, message);
  }

  #plain(text) {
    return text.replace(/<(@|#)!?(\d+)>/g, (_, kind, id) => this.#name(kind, id));
  }

  #name(kind, id) {
    if (kind === "#") return `#${this.places.get(`discord ${id}`)?.title ?? id}`;
    return `@${this.people.get(id)?.name ?? id}`;
  }

  hear({ name, data }) {
    if (name === "interaction_answered") return this.#hearAnswer(data.id);
    if (data.channel_id && name in IN_PLACE) {
      const place = this.places.get(`discord ${data.channel_id}`);
      return place ? IN_PLACE[name].call(this, place, data) : this.refresh();
    }
    if (name === "call") return this.hearCall(data);
    if (name === "gateway") this.connected = data.connected;
    if (name === "gateway") return this.tell("places");
    if (STRUCTURE.has(name)) return this.refresh();
    return null;
  }

  hearMessage(place, raw) {
    const message = this.#message(raw, place, place.messages.get(raw.id));
    this.keep(place, message);
  }

  hearDeletion(place, { id }) {
    const message = place.messages.get(id);
    if (message) this.keep(place, { ...message, deleted: true, rows: [] });
  }

  hearTyping(place, { user_id: id }) {
    this.sign(place, this.people.get(id)?.name ?? "Somebody", Date.now() + TYPING_SECONDS * 1000);
  }

  // The event tells only that there was a call; calls that come together are fetched together.
  hearCall({ route }) {
    if (/ \/applications\/.*commands/.test(route) || this.faults.length) this.refresh();
    this.#looking ??= new Promise((resolve) => setTimeout(resolve, 100)).then(() => {
      this.#looking = null;
      return this.#loadCalls().catch(() => null);
    });
  }

  async #loadCalls() {
    const calls = await this.get(`/calls?after=${this.calls.at(-1)?.number ?? 0}`);
    for (const { number, at, called, body, status, answer } of calls) {
      const trouble = status === 0 ? "connection dropped" : status >= 400 ? `${status} ${answer?.message ?? ""}` : null;
      this.addCall({ number, at, name: shortened(called), about: body?.content ?? "", trouble, detail: { called, body, status, answer } });
    }
  }

  // -- what a person does with commands

  async say(place, from, words) {
    const slash = /^\/([-\w\p{L}]+)(?:\s+([\s\S]*))?$/u.exec(words.text);
    const command = slash && !words.files.length && this.commands(place, from).find((each) => each.name === slash[1]);
    return command ? this.#slash(place, from, command, slash[2] ?? "") : this.speak(place, from, words);
  }

  async #slash(place, from, command, rest) {
    const options = optionsOf(command.known, rest.trim(), (option, text) => this.#picked.get(`${option.name} ${text}`));
    return { told: this.#interact(place, "slash", { from, command: command.name, options }, `/${command.name}`) };
  }

  commands(place, speaker) {
    const locale = this.people.get(speaker)?.language ?? "";
    return this.#commands.filter(({ type }) => type === SLASH).map((command) => {
      const known = localised(command, locale);
      return { name: known.name, description: known.description, options: known.options.map((option) => option.label), known };
    });
  }

  // Gives a function that asks the bot what may follow, null where nothing of that kind is being typed.
  suggest(place, from, text) {
    const [, name, rest] = /^\/([-\w\p{L}]+)\s([\s\S]*)$/u.exec(text) ?? [];
    const command = name && this.commands(place, from).find((each) => each.name === name);
    const focus = command && focusOf(command.known, rest);
    if (!focus?.option.autocomplete) return null;
    return () => this.#suggestions(place, { from, command: name, option: focus.option.name, typed: focus.typed }, `/${name} ${focus.before}`);
  }

  async #suggestions(place, asked, before) {
    const { interaction } = await this.post(`/channels/${place.channel}/complete`, asked);
    const { failed, choices } = await this.#outcome(interaction);
    if (failed) return [{ title: `Loading options failed: the bot did not answer within ${ANSWER_SECONDS} seconds.` }];
    if (!choices.length) return [{ title: "No options match." }];
    const picked = choices.map(({ name, value }) => [`${asked.option} ${name.trim()}`, value]);
    this.#picked = new Map([...this.#picked, ...picked].slice(-MOST_PICKED));
    return choices.map(({ name }) => ({ title: name, text: `${before}${before.endsWith(":") ? " " : ""}${name}` }));
  }

  // What stands in the menu of each message.
  messageCommands(speaker) {
    const locale = this.people.get(speaker)?.language ?? "";
    return this.#commands.filter(({ type }) => type === ON_MESSAGE).map((each) => ({ name: each.name, label: localised(each, locale).label }));
  }

  async apply(place, from, message, command) {
    return { told: this.#interact(place, "apply", { from, message: message.id, command }, `“${command}”`) };
  }
}

const IN_PLACE = {
  MESSAGE_CREATE: Discord.prototype.hearMessage,
  MESSAGE_UPDATE: Discord.prototype.hearMessage,
  MESSAGE_DELETE: Discord.prototype.hearDeletion,
  TYPING_START: Discord.prototype.hearTyping,
};

const STRUCTURE = new Set([
  "GUILD_CREATE", "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE", "CHANNEL_CREATE", "THREAD_CREATE", "THREAD_UPDATE", "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE",
  "channel", "approved", "reset",
]);

const shortened = (called) => called.replace(/ \/(channels|applications|webhooks|interactions)\/\d+/, " …").replace(/\/[-\w]{15,}/g, "/…");

function person(user) {
  return { id: user.id, name: user.username, username: null, bot: Boolean(user.bot), language: user.locale ?? "" };
}

function thingOf({ sticker_items: stickers = [], poll }) {
  if (poll) return { kind: "Poll", said: [poll.question.text, poll.answers.map((each) => each.poll_media.text).join(" / ")].join(" ") };
  return stickers.length ? { kind: "Sticker", said: stickers.map(({ name }) => name).join(", ") } : null;
}

// A text input with its label, whatever it is wrapped in.
function fieldOf({ type, label, component, components }) {
  if (type === LABEL) return { ...component, label };
  return components?.find((each) => each.type === FIELD);
}

const isPicture = (file) => /^image\/(png|jpeg|gif|webp)$/.test(file.content_type);
