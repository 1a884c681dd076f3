// What a person does on Discord, as requests to its control API.

import { World, base64 } from "/world.js";

const FIRST_PERSON = 3000;
const FIRST_CHANNEL = 3100;
const FIRST_ROLE = 3200;

export class DiscordDeeds extends World {
  guilds = [];

  async speak(place, from, { text, replyTo, files, way }) {
    const body = { from, text: this.mention(text), reply_to: replyTo, files: await named(files) };
    return this.post(`/channels/${place.channel}/say`, way === "voice" ? { ...body, text: "", voice: true } : body);
  }

  ways(files) {
    const heard = files.length === 1 && files[0].type.startsWith("audio/");
    return heard ? [["", "as a file"], ["voice", "as a voice message"]] : [];
  }

  async send(place, from, [verb, body], replyTo) {
    await this.post(`/channels/${place.channel}/${verb}`, { ...body, from, reply_to: replyTo });
  }

  // @Name becomes what Discord sends for it.
  mention(text) {
    const people = [...this.people.values()].sort((one, two) => two.name.length - one.name.length);
    return people.reduce((said, { id, name }) => said.replaceAll(`@${name}`, `<@${id}>`), text);
  }

  edit(place, message, text) {
    return this.post(`/channels/${place.channel}/edit`, { message: message.id, text: this.mention(text) });
  }

  delete(place, message) {
    return this.post(`/channels/${place.channel}/delete`, { message: message.id });
  }

  async setClosed(place, closed) {
    await this.post(`/channels/${place.channel}/close`, { closed });
    await this.refresh();
  }

  async setBot({ content }) {
    if (content !== this.bot.content) await this.post("/gateway", { do: content ? "approve_content" : "refuse_content" });
    await this.refresh();
    return true;
  }

  async addPerson({ name, language, role, bot }) {
    const id = String(Math.max(FIRST_PERSON, ...[...this.people.keys()].map(Number).filter((it) => it < 1e6)) + 1);
    await this.post("/users", { id, name, locale: language, bot });
    for (const guild of this.guilds) {
      await this.post("/guilds", { id: guild.id, name: guild.name, members: [id] });
      if (role) await this.post("/members", { guild: guild.id, user: id, roles: [await this.#role(guild, role)] });
    }
    const { id: channel } = bot ? { id: await this.#anyChannel() } : await this.post("/channels", { dm: id });
    await this.refresh();
    return `discord ${channel}`;
  }

  async #role(guild, name) {
    const known = guild.roles.find((each) => each.name === name);
    if (known) return known.id;
    const id = String(Math.max(FIRST_ROLE, ...this.guilds.flatMap(({ roles }) => roles.map((each) => Number(each.id)))) + 1);
    await this.post("/roles", { guild: guild.id, id, name });
    guild.roles.push({ id, name });
    return id;
  }

  #anyChannel() {
    return [...this.places.values()].find(({ kind }) => kind === "channel")?.channel;
  }

  async addChannel({ name, forum }) {
    const small = [...this.places.values()].map((place) => Number(place.channel)).filter((it) => it < 1e6);
    const id = String(Math.max(FIRST_CHANNEL, ...small) + 1);
    await this.post("/channels", { guild: this.guilds[0]?.id, id, name: name.toLowerCase().replace(/\s+/g, "-"), forum });
    await this.refresh();
    return `discord ${id}`;
  }

  invite(place) {
    return this.post(`/channels/${place.channel}/invite`, {});
  }

  // A thread, or in a forum a post with its `text`.
  async addThread(place, { name, from, text = "" }) {
    const { id } = await this.post("/channels", { parent: place.channel, name, from, text: this.mention(text) });
    await this.refresh();
    return `discord ${id}`;
  }
}

// Files by their names, of which each is there once.
async function named(files) {
  const found = {};
  for (const file of files) {
    const [, stem, end] = /^(.*?)(\.[^.]*)?$/s.exec(file.name);
    let name = file.name;
    for (let count = 2; name in found; count += 1) name = `${stem} (${count})${end ?? ""}`;
    found[name] = await base64(file);
  }
  return found;
}
