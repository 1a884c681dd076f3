// Telegram's text with its entities. Their offsets are UTF-16 units, which is how JavaScript counts too.

import { codeBlock, el, link, spoiler } from "/dom.js";

// `onCommand(text)` is called when a command in the text is pressed.
export function renderEntities(text, entities, onCommand) {
  const fragment = document.createDocumentFragment();
  const sorted = [...entities].sort((one, two) => one.offset - two.offset || two.length - one.length);
  place(fragment, text, 0, text.length, sorted, onCommand);
  return fragment;
}

// Puts text[begin:end] into `parent`; `entities` are those that begin in there, outer ones first.
function place(parent, text, begin, end, entities, onCommand) {
  let at = begin;
  let index = 0;
  while (index < entities.length) {
    const entity = entities[index];
    const stop = Math.min(entity.offset + entity.length, end);
    const inner = entities.slice(index + 1).filter((each) => each.offset < stop);
    index += 1 + inner.length;
    if (entity.offset < at || stop <= entity.offset) continue;
    if (entity.offset > at) parent.append(text.slice(at, entity.offset));
    parent.append(shape(entity, text.slice(entity.offset, stop), onCommand, () => {
      const fragment = document.createDocumentFragment();
      place(fragment, text, entity.offset, stop, inner, onCommand);
      return fragment;
    }));
    at = BLOCKS.has(entity.type) && text[stop] === "\n" ? stop + 1 : stop; // a block ends its line by itself
  }
  if (at < end) parent.append(text.slice(at, end));
}

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code" };

function shape(entity, said, onCommand, inside) {
  switch (entity.type) {
    case "pre":
      return codeBlock(said, entity.language);
    case "spoiler":
      return spoiler(inside());
    case "blockquote":
    case "expandable_blockquote":
      return el("blockquote", {}, inside());
    case "text_link":
      return link(inside(), entity.url);
    case "url":
      return link(said, /^[a-z]+:/i.test(said) ? said : `https://${said}`);
    case "bot_command":
      return el("button", { type: "button", class: "plain command", onclick: () => onCommand(said) }, said);
    default:
      return el(TAGS[entity.type] ?? "span", TAGS[entity.type] ? {} : { class: "marked" }, inside());
  }
}
