// What a message of Telegram holds besides its text, in the page's words. Source: https://core.telegram.org/bots/api#message.

// `url(file)` is where a file of the message is.
export function filesOf(raw, url) {
  const picture = raw.photo?.at(-1) ?? raw.sticker;
  if (picture) return [{ name: raw.photo ? "photo" : `sticker ${raw.sticker.emoji ?? ""}`, url: url(picture), size: picture.file_size, picture: true }];
  const file = raw.document ?? raw.voice ?? raw.audio ?? raw.video;
  return file ? [{ name: file.file_name ?? (raw.voice ? "voice message" : "file"), url: url(file), size: file.file_size, picture: false }] : [];
}

const lined = (all) => all.map(({ text }) => text).join(" / ");

const THINGS = {
  venue: ["Place", ({ title, address }) => `${title}, ${address}`],
  location: ["Location", ({ latitude, longitude }) => `${latitude}, ${longitude}`],
  contact: ["Contact", ({ first_name: first, last_name: last, phone_number: phone }) => [first, last, phone].filter(Boolean).join(" ")],
  poll: ["Poll", ({ question, options }) => `${question} ${lined(options)}`],
  checklist: ["Checklist", ({ title, tasks }) => `${title}: ${lined(tasks)}`],
  dice: ["Dice", ({ emoji, value }) => `${emoji} ${value}`],
  game: ["Game", ({ title }) => title],
  invoice: ["Invoice", ({ title, currency, total_amount: amount }) => `${title}, ${(amount / 100).toFixed(2)} ${currency}`],
  story: ["Story", ({ chat }) => `of ${chat.first_name ?? chat.title}`],
};

// {kind, said} of a place, a poll and so on, null of a message without.
export function thingOf(raw) {
  const known = Object.keys(THINGS).find((name) => raw[name]);
  if (!known) return null;
  const [kind, tell] = THINGS[known];
  return { kind, said: tell(raw[known]) };
}

// What a service message says, null of one by somebody.
export function noteOf(raw) {
  if (raw.migrate_to_chat_id) return `This group became the supergroup ${raw.migrate_to_chat_id}.`;
  if (raw.new_chat_members) return `${raw.new_chat_members.map((user) => user.first_name).join(", ")} joined.`;
  if (raw.forum_topic_closed) return "This topic was closed: the bot cannot write here.";
  if (raw.forum_topic_reopened) return "This topic is open again.";
  return raw.from || raw.sender_chat ? null : "Something happened here.";
}
