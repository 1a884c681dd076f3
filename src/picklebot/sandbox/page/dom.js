// Building the page. Text only ever becomes text: nothing here parses HTML.

// el("p", {class: "quiet", onclick: act}, "text", node, null): `null` children and props are left out.
export function el(name, props = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key in node && typeof value !== "string") node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const STROKES = {
  send: "M12 19V5m0 0-6 6m6-6 6 6",
  clip: "m20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.700 4.700L9.300 17a1.700 1.700 0 0 1-2.400-2.400L14.500 7",
  plus: "M12 5v14M5 12h14",
  back: "M15 5l-7 7 7 7",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
};

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", STROKES[name]);
  svg.append(path);
  return svg;
}

const HUES = 7;

// A round with the first letter; a person has the same colour everywhere, and the bot its picture.
export function avatar(name, id, isBot = false) {
  if (isBot) return el("img", { class: "avatar bot", src: "/pickle.svg", alt: "" });
  const hue = [...String(id)].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 7) % HUES;
  return el("span", { class: `avatar hue-${hue}`, "aria-hidden": "true" }, [...name][0]?.toUpperCase() ?? "?");
}

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

export function toast(text, { trouble = false } = {}) {
  const node = el("p", { class: trouble ? "toast trouble" : "toast" }, text);
  document.getElementById("toasts").append(node);
  setTimeout(() => node.remove(), 6000);
}

// Runs what a person asked for, and says so when it cannot be done.
export async function attempt(act) {
  try {
    return await act();
  } catch (error) {
    toast(error.message, { trouble: true });
    return null;
  }
}

export function link(label, target) {
  let url;
  try {
    url = new URL(target);
  } catch {
    return document.createTextNode(target);
  }
  if (!["http:", "https:", "tg:", "mailto:"].includes(url.protocol)) return document.createTextNode(target);
  const known = { href: url.href, title: url.href, target: "_blank", rel: "noopener noreferrer" };
  return el("a", known, label ?? target);
}

export function codeBlock(text, language) {
  const copy = el("button", { type: "button", class: "plain" }, "Copy");
  copy.addEventListener("click", () => attempt(async () => {
    await navigator.clipboard.writeText(text);
    copy.textContent = "Copied";
    setTimeout(() => (copy.textContent = "Copy"), 2000);
  }));
  const caption = el("figcaption", {}, el("span", {}, language || "code"), copy);
  return el("figure", { class: "code" }, caption, el("pre", {}, el("code", {}, text)));
}

export function spoiler(...children) {
  const node = el("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Hidden; press to show" }, ...children);
  const reveal = () => {
    node.classList.add("shown");
    node.removeAttribute("aria-label");
  };
  node.addEventListener("click", reveal);
  node.addEventListener("keydown", (event) => event.key === "Enter" && reveal());
  return node;
}
