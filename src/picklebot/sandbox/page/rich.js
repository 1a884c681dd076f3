// Telegram's rich messages: their blocks, and the words in them.

import { codeBlock, el, link, spoiler } from "/dom.js";

export function renderRich(blocks) {
  return el("div", { class: "rich" }, ...blocks.map(block));
}

// What a person would read out.
export function spoken(node) {
  if (typeof node === "string") return node;
  if (Array.isArray(node)) return node.map(spoken).join(isBlock(node[0]) ? "\n" : "");
  const rows = node.cells?.map((row) => row.map((cell) => spoken(cell.text ?? "")).join(" | ")).join("\n");
  return rows ?? spoken(node.text ?? node.expression ?? node.items ?? node.blocks ?? "");
}

const isBlock = (node) => node?.blocks !== undefined || BLOCKS.has(node?.type);
const BLOCKS = new Set(["paragraph", "heading", "pre", "footer", "divider", "list", "table", "blockquote"]);

function block(each) {
  switch (each.type) {
    case "heading":
      return el(`h${Math.min(6, each.size + 2)}`, { class: `size-${each.size}` }, words(each.text));
    case "pre":
      return codeBlock(spoken(each.text), each.language);
    case "divider":
      return el("hr");
    case "mathematical_expression":
      return el("p", { class: "formula alone" }, each.expression);
    case "list":
      return list(each);
    case "table":
      return el("div", { class: "wide" }, el("table", {}, ...each.cells.map(row)));
    case "blockquote":
      return el("blockquote", {}, ...each.blocks.map(block));
    default:
      return el(each.type === "footer" ? "footer" : "p", {}, words(each.text ?? ""));
  }
}

function list({ items }) {
  const ordered = items.some((item) => item.value !== undefined);
  return el(ordered ? "ol" : "ul", {}, ...items.map((item) => {
    const box = item.has_checkbox ? el("input", { type: "checkbox", disabled: true, checked: Boolean(item.is_checked) }) : null;
    return el("li", { value: ordered ? item.value ?? 0 : null, class: box ? "task" : null }, box, ...item.blocks.map(block));
  }));
}

function row(cells) {
  return el("tr", {}, ...cells.map((cell) => el(cell.is_header ? "th" : "td", { class: cell.align }, words(cell.text ?? ""))));
}

const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", subscript: "sub", superscript: "sup", marked: "mark" };

function words(node) {
  if (typeof node === "string") return document.createTextNode(node);
  if (Array.isArray(node)) {
    const fragment = document.createDocumentFragment();
    fragment.append(...node.map(words));
    return fragment;
  }
  if (node.type === "url") return link(words(node.text), node.url);
  if (node.type === "spoiler") return spoiler(words(node.text));
  if (node.type === "mathematical_expression") return el("span", { class: "formula" }, node.expression);
  return el(TAGS[node.type] ?? "span", {}, words(node.text ?? ""));
}
