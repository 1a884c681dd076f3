// One message, as its platform would show it.

import { attempt, avatar, clock, el, toast } from "/dom.js";

const SIZES = ["B", "kB", "MB"];

// `view` gives speaker() (who presses and commands), say(text), reply(message, quoted), edit(message), forward(message) and
// isOpen(id), setOpen.
export function renderMessage(place, message, view) {
  const { world } = place;
  const mine = String(message.speaker.id) === String(view.speaker());
  const kinds = ["message", mine && "mine", message.fromBot && "bot", message.deleted && "gone", message.only && "only"];
  const node = el("article", { class: kinds.filter(Boolean).join(" "), "data-id": String(message.id), "data-speaker": String(message.speaker.id), tabindex: "-1" });
  if (message.deleted) {
    node.append(el("p", { class: "quiet" }, `${message.speaker.name} deleted a message`));
    return node;
  }
  if (message.note && world.name === "telegram") {
    node.classList.add("service");
    node.append(el("p", { class: "quiet" }, message.note));
    return node;
  }
  const inRows = world.name === "discord"; // the time stands beside the name, not below the text
  const bubble = el("div", { class: "bubble" },
    message.note ? el("p", { class: "quiet used" }, message.note) : null,
    message.origin ? el("p", { class: "quiet origin" }, `Forwarded from ${message.origin}`) : null,
    inRows ? quoted(place, message) : null,
    inRows ? el("div", { class: "head" }, name(message), foot(message, view)) : name(message),
    inRows ? null : quoted(place, message),
    ...message.files.map(file),
    message.thing ? el("p", { class: "thing", dir: "auto" }, el("b", {}, message.thing.kind), message.thing.said) : null,
    message.loading && !message.text ? el("p", { class: "quiet" }, `${message.speaker.name} is thinking…`) : null,
    message.text ? el("div", { class: "text", dir: "auto" }, message.body((command) => view.say(command))) : null,
    message.reactions.length ? el("p", { class: "reactions" }, ...message.reactions.map((each) => el("span", {}, each))) : null,
    inRows ? null : foot(message, view),
  );
  node.append(avatar(message.speaker.name, message.speaker.id, message.fromBot), el("div", { class: "stack" }, bubble, keyboard(message, view)), actions(place, message, view, node));
  return node;
}

function name({ speaker, fromBot }) {
  return el("p", { class: "speaker" }, el("b", {}, speaker.name), fromBot || speaker.bot ? el("span", { class: "badge" }, "bot") : null);
}

// A message in a line.
export const inWords = ({ plain, files }) => plain || files[0]?.name || "…";

function quoted(place, { replyTo, quote }) {
  if (!replyTo) return null;
  const said = place.messages.get(replyTo);
  if (!said) return el("p", { class: "quoted" }, quote || "a message that is not here");
  return el("p", { class: "quoted" }, el("b", {}, said.speaker.name), quote || inWords(said).slice(0, 120));
}

// What is selected of a message's text, to be quoted.
function selected(node, message) {
  const selection = getSelection();
  const said = selection.toString().trim();
  return node.contains(selection.anchorNode) && message.text.includes(said) ? said : "";
}

function file({ name: label, url, size, picture }) {
  if (picture) return el("a", { class: "picture", href: url, target: "_blank", rel: "noopener" }, el("img", { src: url, alt: label, loading: "lazy" }));
  return el("a", { class: "file", href: url, download: label }, el("b", {}, label), el("span", { class: "quiet" }, sized(size)));
}

function sized(bytes) {
  let unit = 0;
  for (; bytes >= 1000 && unit < SIZES.length - 1; unit += 1) bytes /= 1000;
  return `${unit ? bytes.toFixed(1) : bytes} ${SIZES[unit]}`;
}

function foot(message, view) {
  const { versions, at, only } = message;
  const secret = only ? el("span", {}, `only ${only} sees this`) : null;
  const time = el("time", { datetime: new Date(at * 1000).toISOString() }, clock(at));
  if (versions.length < 2) return el("div", { class: "foot" }, secret, time);
  const list = () => el("ol", {}, ...versions.map((version) => el("li", {},
    el("time", {}, `+${(version.at - versions[0].at).toFixed(1)} s`), el("span", {}, version.text))));
  const details = el("details", { class: "versions", open: view.isOpen(message.id) },
    el("summary", {}, `edited · ${versions.length} versions`));
  const fill = () => details.open && details.children.length < 2 && details.append(list());
  fill();
  details.addEventListener("toggle", () => {
    view.setOpen(message.id, details.open);
    fill();
  });
  return el("div", { class: "foot" }, secret, details, time);
}

function keyboard({ rows }, view) {
  if (!rows.length) return null;
  return el("div", { class: "keyboard" }, ...rows.map((row) => el("div", {}, ...row.map((button) => key(button, view)))));
}

function key({ label, url, press, disabled }, view) {
  if (url) return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, `${label} ↗`);
  const node = el("button", { type: "button", disabled: Boolean(disabled) }, label);
  node.addEventListener("click", () => attempt(async () => {
    node.classList.add("pressed");
    try {
      const told = await press(view.speaker());
      if (told) toast(told);
    } finally {
      node.classList.remove("pressed");
    }
  }));
  return node;
}

function actions(place, message, view, node) {
  const keep = (event) => event.preventDefault(); // what is selected stays so
  const act = (label, what) => el("button", { type: "button", class: "plain", onclick: what, onmousedown: keep }, label);
  const own = !message.fromBot && String(message.speaker.id) === String(view.speaker()) && message.text;
  const { world } = place;
  return el("div", { class: "actions" },
    message.only ? null : act("Reply", () => view.reply(message, world.name === "telegram" ? selected(node, message) : "")),
    world.forward && !message.only ? act("Forward", () => view.forward(message)) : null,
    own ? act("Edit", () => view.edit(message)) : null,
    own && world.delete ? act("Delete", () => attempt(() => world.delete(place, message))) : null,
    ...(world.messageCommands?.(view.speaker()) ?? []).map(({ name, label }) => act(label, () => attempt(() => apply(place, message, view, name)))));
}

async function apply(place, message, view, name) {
  const { told } = await place.world.apply(place, view.speaker(), message, name);
  const trouble = await told;
  if (trouble) toast(trouble);
}
