// Discord's half: its control API in the page's words.

import { askFor } from "/dialogs.js";
import { renderMarkdown } from "/markdown.js";
import { World, base64 } from "/world.js";

const TYPING_SECONDS = 10;
const ANSWER_SECONDS = 3;
const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const DIRECT = 1;
const THREAD = 11;
const LIST = 3;
const SLASH = 1;
const ON_MESSAGE = 3;
const LABEL = 18;
const FIELD = 4;
const PARAGRAPH = 2;
const LONGEST = 4000;

export class Discord extends World {
  #commands = [];
  #guilds = [];
  #asked = new Map(); // the command or button by its interaction
  #waiting = new Map(); // who waits for the answer, by the interaction
  #looking = null;

  async eventsUrl() {
    return `${this.prefix}/events`;
  }

  async load() {
    const state = await this.get("/state");
    this.bot = person(state.bot);
    this.connected = state.gateway.connected;
    this.faults = state.faults.map(({ route, times, status, drop, delay }) =>
      `${route}: ${status ?? (drop ? `drop ${drop}` : `${delay} s`)}${times > 1 ? `, ${times} times` : ""}`);
    this.#commands = state.commands;
    this.#guilds = state.guilds;
    this.people = new Map(state.users.map((user) => [user.id, person(user)]));
    const before = this.places;
    this.places = new Map();
    for (const channel of state.channels) this.#settle(channel, before);
    await this.#loadCalls();
  }

  #settle(channel, before) {
    const kind = { [DIRECT]: "direct", [THREAD]: "thread" }[channel.type] ?? "channel";
    const guild = this.#guilds.find((each) => each.id === channel.guild_id);
    const members = guild?.members ?? channel.recipients.map((each) => each.id);
    const key = `discord ${channel.id}`;
    const old = before.get(key);
    const place = {
      key, kind, world: this, channel: channel.id, guild,
      title: channel.name ?? channel.recipients[0]?.username ?? "Direct messages",
      about: kind === "direct" ? "direct messages" : guild?.name ?? "",
      parent: kind === "thread" ? `discord ${channel.parent_id}` : null,
      speakers: members.filter((id) => !this.people.get(id)?.bot),
      messages: new Map(), typing: old?.typing ?? null, draft: null, unread: old?.unread ?? 0,
    };
    for (const raw of channel.messages) place.messages.set(raw.id, this.#message(raw, place));
    this.places.set(key, place);
  }

  #message(raw, place, before) {
    const text = raw.content;
    const versions = raw.versions ?? before?.versions ?? [];
    const at = Date.parse(raw.timestamp) / 1000;
    const changedAt = raw.edited_timestamp ? Date.parse(raw.edited_timestamp) / 1000 : at;
    const added = raw.versions || versions.at(-1)?.text === text ? [] : [{ text, at: changedAt }];
    const asker = raw.interaction_metadata?.user;
    const asked = this.#asked; // may learn of the command after the answer has come
    return {
      id: raw.id, at, interaction: raw.interaction_metadata?.id, speaker: person(raw.author), text, plain: this.#plain(text), fromBot: raw.author.id === this.bot.id,
      versions: [...versions, ...added].filter((version) => version.text), replyTo: raw.message_reference?.message_id ?? null,
      body: () => renderMarkdown(text, (kind, id) => this.#name(kind, id)),
      rows: (raw.components ?? []).flatMap((row) => this.#rows(raw, place, row.components ?? [])),
      files: raw.attachments.map((file) => ({ name: file.filename, url: file.url, size: file.size, picture: isPicture(file) })),
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
    if (!await this.#answered(interaction)) return "The application did not respond.";
    const { form } = await this.get(`/interactions/${interaction}`);
    if (form) this.#fillIn(place, interaction, form, what);
    return "";
  }

  // Whether the bot answers in time.
  #answered(interaction) {
    const answered = new Promise((resolve) => this.#waiting.set(interaction, () => resolve(true)));
    const late = new Promise((resolve) => setTimeout(resolve, ANSWER_SECONDS * 1000 + 200)).then(async () => {
      this.#waiting.delete(interaction);
      const { failed } = await this.get(`/interactions/${interaction}`);
      return !failed;
    });
    return Promise.race([answered, late]);
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
      if (!await this.#answered(interaction)) throw new Error("Something went wrong. Try again.");
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
    if (name === "interaction_answered") return this.#waiting.get(data.id)?.();
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

  // -- what a person does

  async say(place, from, { text, replyTo, file }) {
    const slash = /^\/([-\w]+)(?:\s+([\s\S]*))?$/.exec(text);
    const command = slash && this.#commands.find((each) => each.type === SLASH && each.name === slash[1]);
    if (command) return this.#slash(place, from, command, slash[2] ?? "");
    const files = file ? { [file.name]: await base64(file) } : {};
    return this.post(`/channels/${place.channel}/say`, { from, text: this.#mention(text), reply_to: replyTo, files });
  }

  async #slash(place, from, command, rest) {
    const options = optionsOf(command, rest.trim());
    return { told: this.#interact(place, "slash", { from, command: command.name, options }, `/${command.name}`) };
  }

  // @Name becomes what Discord sends for it.
  #mention(text) {
    const people = [...this.people.values()].sort((one, two) => two.name.length - one.name.length);
    return people.reduce((said, { id, name }) => said.replaceAll(`@${name}`, `<@${id}>`), text);
  }

  edit(place, message, text) {
    return this.post(`/channels/${place.channel}/edit`, { message: message.id, text: this.#mention(text) });
  }

  delete(place, message) {
    return this.post(`/channels/${place.channel}/delete`, { message: message.id });
  }

  commands() {
    return this.#commands.filter(({ type }) => type === SLASH).map(({ name, description, options = [] }) =>
      ({ name, description, options: options.map((option) => option.name) }));
  }

  /** What stands in the menu of each message. */
  messageCommands() {
    return this.#commands.filter(({ type }) => type === ON_MESSAGE).map(({ name }) => name);
  }

  async apply(place, from, message, command) {
    return { told: this.#interact(place, "apply", { from, message: message.id, command }, `“${command}”`) };
  }

  async addPerson(name) {
    const id = String(Math.max(3000, ...[...this.people.keys()].map(Number).filter((it) => it < 1e6)) + 1);
    await this.post("/users", { id, name });
    for (const guild of this.#guilds) await this.post("/guilds", { id: guild.id, name: guild.name, members: [id] });
    const { id: channel } = await this.post("/channels", { dm: id });
    await this.refresh();
    return `discord ${channel}`;
  }

  async addChannel(name) {
    const small = [...this.places.values()].map((place) => Number(place.channel)).filter((it) => it < 1e6);
    const id = String(Math.max(3100, ...small) + 1);
    await this.post("/channels", { guild: this.#guilds[0]?.id, id, name: name.toLowerCase().replace(/\s+/g, "-") });
    await this.refresh();
    return `discord ${id}`;
  }

  invite(place) {
    return this.post(`/channels/${place.channel}/invite`, {});
  }

  async addThread(place, name, from) {
    const { id } = await this.post("/channels", { parent: place.channel, name, from });
    await this.refresh();
    return `discord ${id}`;
  }
}

const IN_PLACE = {
  MESSAGE_CREATE: Discord.prototype.hearMessage,
  MESSAGE_UPDATE: Discord.prototype.hearMessage,
  MESSAGE_DELETE: Discord.prototype.hearDeletion,
  TYPING_START: Discord.prototype.hearTyping,
};

const STRUCTURE = new Set([
  "GUILD_CREATE", "CHANNEL_CREATE", "THREAD_CREATE", "THREAD_UPDATE", "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE",
  "channel", "reset",
]);

// "name:value name:value", or all of it for the first option.
function optionsOf(command, rest) {
  const offered = command.options ?? [];
  if (!rest || !offered.length) return {};
  const marks = [...rest.matchAll(/(?:^|\s)([-\w]+):/g)].filter(([, name]) => offered.some((each) => each.name === name));
  if (!marks.length) return { [offered[0].name]: typed(offered[0], rest) };
  return Object.fromEntries(marks.map((mark, index) => {
    const value = rest.slice(mark.index + mark[0].length, marks[index + 1]?.index).trim();
    return [mark[1], typed(offered.find((each) => each.name === mark[1]), value)];
  }));
}

function typed(option, value) {
  if (option.type === 4 || option.type === 10) return Number(value);
  return option.type === 5 ? /^(true|yes|on|1)$/i.test(value) || value === option.name : value;
}

const shortened = (called) => called.replace(/ \/(channels|applications|webhooks|interactions)\/\d+/, " …").replace(/\/[-\w]{15,}/g, "/…");

function person(user) {
  return { id: user.id, name: user.username, username: null, bot: Boolean(user.bot) };
}

// A text input with its label, whatever it is wrapped in.
function fieldOf({ type, label, component, components }) {
  if (type === LABEL) return { ...component, label };
  return components?.find((each) => each.type === FIELD);
}

const isPicture = (file) => /^image\/(png|jpeg|gif|webp)$/.test(file.content_type);
