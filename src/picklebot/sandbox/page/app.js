// Puts the page together.

import { Chat } from "/chat.js";
import { Discord } from "/discord.js";
import { CallLog, FaultPanel } from "/panel.js";
import { PlaceList } from "/places.js";
import { Telegram } from "/telegram.js";

const where = await (await fetch("/worlds.json")).json();
const worlds = [new Telegram("telegram", where.telegram, hear), new Discord("discord", where.discord, hear)];
const find = (key) => worlds.map((world) => world.places.get(key)).find(Boolean);
const showing = (what) => (document.body.dataset.showing = what);

const calls = new CallLog();
const faults = new FaultPanel(worlds);
const list = new PlaceList(worlds, open);
const chat = new Chat(where.config, { back: () => showing("places"), behind: () => showing("panel"), open });
let current = decodeURIComponent(location.hash.slice(1)) || null;

function open(key) {
  const place = find(key);
  if (!place) return;
  current = key;
  history.replaceState(null, "", `#${encodeURIComponent(key)}`);
  showing("chat");
  chat.show(place);
  faults.choose(place.world.name);
  for (const world of worlds) list.draw(world, current);
}

function hear(world, what, place, message) {
  if (what === "calls") calls.draw(world);
  else if (what === "faults") faults.draw();
  else if (what === "places") redraw(world);
  else if (place.key === current && what === "signs") chat.drawSigns();
  else {
    if (place.key === current && message) chat.update(message);
    if (message) list.draw(world, current);
  }
}

function redraw(world) {
  list.draw(world, current);
  const place = find(current);
  if (place?.world === world) chat.show(place);
  else if (!current && world.name === "telegram" && world.places.size) {
    current = world.places.keys().next().value;
    chat.show(find(current));
    list.draw(world, current);
  }
}

function tab(name) {
  for (const each of ["calls", "faults"]) {
    document.getElementById(each).hidden = each !== name;
    document.getElementById(`${each}-tab`).setAttribute("aria-selected", String(each === name));
  }
}

document.getElementById("calls-tab").addEventListener("click", () => tab("calls"));
document.getElementById("faults-tab").addEventListener("click", () => tab("faults"));
document.getElementById("panel-close").addEventListener("click", () => showing("chat"));
for (const world of worlds) world.run();
