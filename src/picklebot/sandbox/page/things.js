// What people send besides words and files, in the control APIs' terms.
// `fields` are asked for in a dialog, at once without them; `make(values)` gives the verb and body of the request.

import { base64 } from "/world.js";

const send = (kind) => (values) => ["send", { kind, ...values }];

export const THINGS = {
  telegram: [
    { label: "Location", make: send("location"), fields: [
      { name: "latitude", label: "Latitude", number: true, value: 52.52 }, { name: "longitude", label: "Longitude", number: true, value: 13.405 }] },
    { label: "Contact", make: send("contact"), fields: [
      { name: "first_name", label: "Name", value: "Jörg" }, { name: "phone_number", label: "Phone", value: "+49 30 901820" }] },
    { label: "Poll", make: send("poll"), fields: [
      { name: "question", label: "Question", value: "Dill or mint?" }, { name: "options", label: "Options, one a line", lines: true, value: "Dill\nMint" }] },
    { label: "Checklist", make: send("checklist"), fields: [
      { name: "title", label: "Title", value: "Jars" }, { name: "tasks", label: "Tasks, one a line", lines: true, value: "Wash\nFill" }] },
    { label: "Sticker", make: sticker, fields: [{ name: "emoji", label: "The emoji that it stands for", value: "🥒" }] },
    { label: "Dice", make: send("dice"), fields: [{ name: "emoji", label: "Which", options: ["🎲", "🎯", "🏀", "⚽", "🎳", "🎰"].map((it) => [it, it]) }] },
    { label: "Something a bot cannot read", make: ({ kind }) => ["send", { kind, title: "Snake" }], fields: [
      { name: "kind", label: "What", options: [["game", "a game"], ["invoice", "an invoice"], ["story", "a story"]] }] },
  ],
  discord: [
    { label: "Sticker", make: ({ name }) => ["say", { text: "", sticker: name }], fields: [{ name: "name", label: "Its name", value: "Pickle" }] },
    { label: "Poll", make: (poll) => ["say", { text: "", poll }], fields: [
      { name: "question", label: "Question", value: "Dill or mint?" }, { name: "answers", label: "Answers, one a line", lines: true, value: "Dill\nMint" }] },
  ],
};

const SIDE = 256;

// A sticker is a picture: that of its emoji.
async function sticker({ emoji }) {
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const brush = canvas.getContext("2d");
  Object.assign(brush, { font: `${SIDE * 0.75}px system-ui, sans-serif`, textAlign: "center", textBaseline: "middle", fillStyle: "#3c7a33" });
  brush.fillText(emoji, SIDE / 2, SIDE / 2, SIDE);
  return ["file", { kind: "sticker", emoji, name: "sticker.webp", data: await base64(await canvas.convertToBlob({ type: "image/webp" })) }];
}
