// Markdown to DOM nodes. Nothing is ever parsed as HTML, so whatever a model writes stays text.

const INLINE_LIMIT = 8000; // characters of one paragraph; beyond it there is no markup, and no slow matching
const DEPTH = 8;

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)[^`]*$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const RULE = /^ {0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$/;
const QUOTE = /^ {0,3}> ?(.*)$/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])\s+(.*)$/;
const TABLE_LINE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*$/;

const INLINE = new RegExp(
  [
    /\\(?<escaped>[\\`*_{}[\]()#+\-.!~>|])/,
    /(?<tick>`+)(?<code>[^`]|[^`][\s\S]*?[^`])\k<tick>(?!`)/,
    /\[(?<label>[^[\]]+)\]\(\s*(?<target>[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+"[^"]*")?\s*\)/,
    /(?<strong>\*\*|__)(?=\S)(?<bold>[\s\S]*?\S)\k<strong>(?!\*)/,
    /\*(?=[^\s*])(?<star>[\s\S]*?[^\s*])\*(?!\*)/,
    /(?<!\w)_(?=[^\s_])(?<under>[\s\S]*?[^\s_])_(?!\w)/,
    /~~(?=\S)(?<struck>[\s\S]*?\S)~~/,
    /(?<url>https?:\/\/[^\s<>"'`]*[^\s<>"'`.,;:!?)\]*_])/,
  ].map((part) => part.source).join("|"),
  "g",
);

export function render(markdown) {
  const fragment = document.createDocumentFragment();
  blocks(fragment, markdown.replaceAll("\r\n", "\n").split("\n"), 0);
  return fragment;
}

function blocks(parent, lines, depth) {
  let at = 0;
  while (at < lines.length) {
    if (!lines[at].trim()) {
      at += 1;
      continue;
    }
    const reader = depth < DEPTH ? readers.find(({ begins }) => begins(lines, at)) : null;
    at = (reader?.read ?? paragraph)(parent, lines, at, depth);
  }
}

const readers = [
  { begins: (lines, at) => FENCE.test(lines[at]), read: fence },
  { begins: (lines, at) => HEADING.test(lines[at]), read: heading },
  { begins: (lines, at) => RULE.test(lines[at]), read: rule },
  { begins: (lines, at) => QUOTE.test(lines[at]), read: quote },
  { begins: (lines, at) => ITEM.test(lines[at]), read: list },
  { begins: (lines, at) => lines[at].includes("|") && TABLE_LINE.test(lines[at + 1] ?? ""), read: table },
];

const interrupts = (lines, at) => readers.some(({ begins }) => begins(lines, at));

function paragraph(parent, lines, at) {
  const begin = at;
  while (at < lines.length && lines[at].trim() && (at === begin || !interrupts(lines, at))) at += 1;
  const node = add(parent, "p");
  node.dir = "auto";
  inline(node, lines.slice(begin, at).map((line) => line.trim()).join("\n"), 0);
  return at;
}

function heading(parent, lines, at) {
  const [, marks, text] = HEADING.exec(lines[at]);
  inline(add(parent, `h${marks.length}`), text, 0);
  return at + 1;
}

function rule(parent, lines, at) {
  add(parent, "hr");
  return at + 1;
}

function fence(parent, lines, at) {
  const [, marks, language] = FENCE.exec(lines[at]);
  const end = new RegExp(`^ {0,3}${marks[0]}{${marks.length},}\\s*$`);
  const begin = (at += 1);
  while (at < lines.length && !end.test(lines[at])) at += 1;
  parent.append(codeBlock(lines.slice(begin, at).join("\n"), language));
  return at + 1;
}

function quote(parent, lines, at, depth) {
  const inner = [];
  for (; at < lines.length && QUOTE.test(lines[at]); at += 1) inner.push(QUOTE.exec(lines[at])[1]);
  blocks(add(parent, "blockquote"), inner, depth + 1);
  return at;
}

function list(parent, lines, at, depth) {
  const first = ITEM.exec(lines[at])[2];
  const ordered = /\d/.test(first);
  const node = add(parent, ordered ? "ol" : "ul");
  if (ordered && parseInt(first, 10) !== 1) node.start = parseInt(first, 10);
  while (at < lines.length) {
    const match = ITEM.exec(lines[at]);
    if (!match || /\d/.test(match[2]) !== ordered || RULE.test(lines[at])) break;
    at = item(node, lines, at, match, depth);
  }
  return at;
}

function item(parent, lines, at, [, indent, mark, text], depth) {
  const width = indent.length + mark.length + 1;
  const inner = [text];
  for (at += 1; at < lines.length; at += 1) {
    const line = lines[at];
    const deep = line.length - line.trimStart().length;
    const next = lines[at + 1] ?? "";
    if (!line.trim()) {
      if (!/^ {2,}\S/.test(next) && !ITEM.test(next)) break;
      if (ITEM.test(next) && next.length - next.trimStart().length < 2) continue;
    } else if (deep < 2 && (ITEM.test(line) || interrupts(lines, at))) break;
    else if (deep < 2 && !inner.at(-1).trim()) break;
    inner.push(line.slice(Math.min(deep, width)));
  }
  const node = add(parent, "li");
  node.dir = "auto";
  blocks(node, inner, depth + 1);
  if (node.firstChild?.nodeName === "P") node.firstChild.replaceWith(...node.firstChild.childNodes);
  return at;
}

function table(parent, lines, at) {
  const scroller = add(parent, "div");
  scroller.className = "table";
  const node = add(scroller, "table");
  cells(add(add(node, "thead"), "tr"), lines[at], "th");
  const body = add(node, "tbody");
  for (at += 2; at < lines.length && lines[at].includes("|"); at += 1) cells(add(body, "tr"), lines[at], "td");
  return at;
}

function cells(row, line, kind) {
  const parts = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "").split(/(?<!\\)\|/);
  for (const part of parts) inline(add(row, kind), part.trim(), 0);
}

function inline(parent, text, depth) {
  if (text.length > INLINE_LIMIT || depth > DEPTH) {
    plain(parent, text);
    return;
  }
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    plain(parent, text.slice(at, match.index));
    mark(parent, match[0], match.groups, depth);
    at = match.index + match[0].length;
  }
  plain(parent, text.slice(at));
}

function mark(parent, whole, found, depth) {
  if (found.escaped !== undefined) plain(parent, found.escaped);
  else if (found.code !== undefined) add(parent, "code").textContent = found.code;
  else if (found.label !== undefined) link(parent, found.label, found.target, whole, depth);
  else if (found.bold !== undefined) inline(add(parent, "strong"), found.bold, depth + 1);
  else if (found.star !== undefined) inline(add(parent, "em"), found.star, depth + 1);
  else if (found.under !== undefined) inline(add(parent, "em"), found.under, depth + 1);
  else if (found.struck !== undefined) inline(add(parent, "del"), found.struck, depth + 1);
  else link(parent, found.url, found.url, whole, DEPTH);
}

function link(parent, label, target, whole, depth) {
  const url = webAddress(target);
  if (!url) {
    plain(parent, whole);
    return;
  }
  const node = add(parent, "a");
  node.href = url;
  node.title = url;
  node.target = "_blank";
  node.rel = "noopener noreferrer nofollow";
  inline(node, label, depth + 1);
}

function webAddress(target) {
  if (!/^https?:\/\//i.test(target)) return null;
  try {
    return new URL(target).href;
  } catch {
    return null;
  }
}

function plain(parent, text) {
  text.split("\n").forEach((line, index) => {
    if (index) add(parent, "br");
    if (line) parent.append(line);
  });
}

function codeBlock(text, language) {
  const figure = document.createElement("figure");
  figure.className = "code";
  const caption = add(figure, "figcaption");
  add(caption, "span").textContent = language || "text";
  const button = add(caption, "button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", () => copy(button, text));
  add(add(figure, "pre"), "code").textContent = text;
  return figure;
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select and copy by hand";
  }
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

function add(parent, name) {
  const node = document.createElement(name);
  parent.append(node);
  return node;
}
