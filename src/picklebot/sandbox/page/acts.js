// What can be done to a place besides speaking there: the buttons in the head of the chat.

import { askFor } from "/dialogs.js";

// Gives [{label, act}]; `make(title, fields, make)` asks and opens what was made, `speaker()` is who does it.
export function actsFor(place, { make, open, speaker }) {
  return place.world.name === "telegram" ? onTelegram(place, make, open) : onDiscord(place, make, speaker);
}

const NAME = { name: "name", label: "Name", value: "Pickling" };

function onTelegram(place, make, open) {
  const { world, kind } = place;
  const group = GROUPS.has(kind);
  const absent = group ? world.absent(place) : [];
  return [
    place.topics && { label: "New topic", act: () => make("A new topic", [NAME], ({ name }) => world.addTopic(place, name)) },
    kind === "topic" && { label: place.closed ? "Reopen the topic" : "Close the topic", act: () => world.setClosed(place, !place.closed) },
    kind === "group" && { label: "Make it a supergroup", act: async () => open(await world.upgrade(place)) },
    absent.length && { label: "Add somebody", act: () => askFor("Who joins?", absent.map(({ id, name }) => ({ name: String(id), label: name, check: true })), (who) => world.join(place, who)) },
    group && !place.blocked && { label: place.admin ? "No administrator" : "Make the bot administrator", act: () => world.setAdmin(place, !place.admin) },
    group && { label: place.blocked ? "Add the bot" : "Remove the bot", act: () => world.setBlocked(place, !place.blocked) },
    kind === "private" && { label: place.blocked ? "Unblock" : "Block the bot", act: () => world.setBlocked(place, !place.blocked) },
  ].filter(Boolean);
}

function onDiscord(place, make, speaker) {
  const { world, kind } = place;
  const post = [{ ...NAME, label: "Title", value: "How much dill?" }, { name: "text", label: "Its first message", lines: true, value: "@picklebot how much dill goes in?" }];
  return [
    kind === "channel" && { label: "New thread", act: () => make("A new thread", [NAME], ({ name }) => world.addThread(place, { name, from: speaker() })) },
    kind === "posts" && { label: "New post", act: () => make("A new post", post, ({ name, text }) => world.addThread(place, { name, text: text.join("\n"), from: speaker() })) },
    kind === "channel" && { label: "Invite the bot", act: () => world.invite(place) },
    kind === "thread" && { label: place.closed ? "Unlock the thread" : "Lock the thread", act: () => world.setClosed(place, !place.closed) },
    kind === "direct" && { label: place.closed ? "Open direct messages" : "Close direct messages", act: () => world.setClosed(place, !place.closed) },
  ].filter(Boolean);
}

const GROUPS = new Set(["group", "supergroup", "forum"]);
