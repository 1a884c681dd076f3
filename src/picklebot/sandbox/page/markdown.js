// Discord's Markdown: the parts that its client shows, and nothing more.

import { codeBlock, el, link, spoiler } from "/dom.js";

const DEPTH = 8;
const FENCE = /```(?:([\w+#.-]+)\n)?([\s\S]*?)```/g;

const INLINE = new RegExp(
  [
    /\\(?<escaped>[\\`*_{}[\]()#+\-.!~>|<@])/,
    /(?<tick>``?)(?<code>[\s\S]+?)\k<tick>(?!`)/,
    /\|\|(?<hidden>[\s\S]+?)\|\|/,
    /\*\*(?<bold>[\s\S]+?)\*\*(?!\*)/,
    /__(?<under>[\s\S]+?)__/,
    /~~(?<struck>[\s\S]+?)~~/,
    /\*(?=\S)(?<star>[\s\S]*?\S)\*(?!\*)/,
    /(?<!\w)_(?=\S)(?<low>[\s\S]*?\S)_(?!\w)/,
    /\[(?<label>[^[\]]+)\]\(<?(?<target>https?:\/\/[^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)>?\)/,
    /<(?<kind>@!?|@&|#)(?<id>\d+)>/,
    /<(?<quiet>https?:\/\/[^\s<>]+)>/,
    /(?<url>https?:\/\/[^\s<>]*[^\s<>.,;:!?)\]'"])/,
  ].map((part) => part.source).join("|"),
  "g",
);

// `nameOf(kind, id)` names who or what is mentioned: kind is "@" or "#".
export function renderMarkdown(text, nameOf) {
  const fragment = document.createDocumentFragment();
  let at = 0;
  for (const found of text.matchAll(FENCE)) {
    lines(fragment, text.slice(at, found.index).replace(/\n$/, ""), nameOf);
    fragment.append(codeBlock(found[2].replace(/^\n|\n$/g, ""), found[1]));
    at = found.index + found[0].length;
  }
  lines(fragment, text.slice(at).replace(at ? /^\n/ : /^$/, ""), nameOf);
  return fragment;
}

function lines(parent, text, nameOf) {
  if (!text) return;
  const all = text.split("\n");
  for (let at = 0; at < all.length; ) at = line(parent, all, at, nameOf);
}

const ITEM = /^(\s*)([-*]|\d{1,9}\.)\s+(.*)$/;
const ORDERED = /^(\s*)(\d{1,9}\.|(?<=\s)[-*])\s+(.*)$/;
const UNORDERED = /^(\s*)([-*]|(?<=\s)\d{1,9}\.)\s+(.*)$/;
const QUOTE = /^> (.*)$/;

function line(parent, all, at, nameOf) {
  const rest = /^>>> (.*)$/.exec(all[at]);
  if (rest) {
    const quote = el("blockquote");
    lines(quote, [rest[1], ...all.slice(at + 1)].join("\n"), nameOf);
    parent.append(quote);
    return all.length;
  }
  if (QUOTE.test(all[at])) return run(parent, all, at, QUOTE, "blockquote", (found) => inline(el("p"), found[1], nameOf));
  if (ITEM.test(all[at])) return list(parent, all, at, nameOf);
  const heading = /^(#{1,3}|-#)\s+(.+)$/.exec(all[at]);
  if (heading) parent.append(inline(el(heading[1] === "-#" ? "small" : `h${heading[1].length + 3}`), heading[2], nameOf));
  else parent.append(inline(el("p"), all[at] || "\u200b", nameOf));
  return at + 1;
}

function run(parent, all, at, pattern, name, make) {
  const node = el(name);
  for (; at < all.length && pattern.test(all[at]); at += 1) node.append(make(pattern.exec(all[at])));
  parent.append(node);
  return at;
}

function list(parent, all, at, nameOf) {
  const name = /\d/.test(ITEM.exec(all[at])[2]) ? "ol" : "ul";
  return run(parent, all, at, name === "ol" ? ORDERED : UNORDERED, name, (found) =>
    inline(el("li", { class: found[1].length > 1 ? "deeper" : null, value: /\d/.test(found[2]) && name === "ol" ? parseInt(found[2], 10) : null }), found[3], nameOf));
}

function inline(parent, text, nameOf, depth = 0) {
  let at = 0;
  for (const match of depth < DEPTH ? text.matchAll(INLINE) : []) {
    parent.append(text.slice(at, match.index));
    parent.append(shape(match.groups, match[0], nameOf, depth + 1));
    at = match.index + match[0].length;
  }
  parent.append(text.slice(at));
  return parent;
}

const TAGS = { bold: "strong", under: "u", struck: "s", star: "em", low: "em" };

function shape(found, whole, nameOf, depth) {
  if (found.escaped !== undefined) return found.escaped;
  if (found.code !== undefined) return el("code", {}, found.code);
  if (found.hidden !== undefined) return spoiler(inline(el("span"), found.hidden, nameOf, depth));
  if (found.id !== undefined) return el("span", { class: "mention" }, nameOf(found.kind[0], found.id) ?? whole);
  if (found.target !== undefined) return link(inline(el("span"), found.label, nameOf, DEPTH), found.target);
  if (found.quiet ?? found.url) return link(null, found.quiet ?? found.url);
  const [kind, name] = Object.entries(TAGS).find(([each]) => found[each] !== undefined);
  return inline(el(name), found[kind], nameOf, depth);
}
