// What stands below the composer: what the bot is told of what is said here.

const PRIVACY = "Privacy mode: the bot is told of commands and of replies to it, nothing else.";
const MENTION = "@picklebot speaks to the bot; / shows its slash commands.";

export function hintFor(place, speaker) {
  const { world } = place;
  const person = world.people.get(speaker);
  if (place.kind === "posts") return "";
  if (world.name === "discord") return inDiscord(place, person);
  if (place.kind === "private" || (place.kind === "topic" && place.chat > 0)) return "/ shows the bot's menu.";
  if (place.kind === "channel") return "The bot is told of every post here.";
  if (person?.bot) return world.bot.botToBot ? `Other bots are answered when they are allowed, and name @${world.bot.username}.` : "The bot is told nothing of other bots; “The bot” in the list changes that.";
  if (place.admin) return "The bot is an administrator: it is told of everything said here.";
  return world.bot.privacy ? PRIVACY : "Privacy mode is off: the bot is told of everything said here.";
}

function inDiscord(place, person) {
  if (place.kind === "direct") return "/ shows the bot's slash commands.";
  if (person?.bot) return "Other bots are answered when they are allowed, and write @picklebot.";
  return place.world.bot.content ? MENTION : "Without the message content intent only what mentions the bot is told to it.";
}
