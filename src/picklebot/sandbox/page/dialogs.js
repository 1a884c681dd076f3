// Small questions in a dialog.

import { attempt, el } from "/dom.js";

// Fields are {name, label, value?} and one of nothing (a text), `long` (one of several lines), `number`, `check`, `lines` (a
// list, one a line) or `options` ([[value, label]]); `optional` ones may stay empty; a text has also `hint`, `most` and
// `least`; {note} is only read. `go` is what the button says. Resolves to what `make(values)` gives, or null.
export function askFor(title, fields, make, go = "Add") {
  return new Promise((resolve) => {
    const inputs = new Map();
    const rows = fields.map((field) => row(field, inputs));
    const cancel = el("button", { type: "button", class: "plain", onclick: () => dialog.close() }, "Cancel");
    const form = el("form", {}, el("h2", {}, title), ...rows,
      el("p", { class: "buttons" }, cancel, el("button", { type: "submit", class: "primary" }, go)));
    const dialog = el("dialog", { "aria-label": title }, form);
    let made = null;
    let busy = false; // a second Enter makes no second one
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      made = await attempt(() => make(valuesOf(inputs)));
      busy = false;
      if (made !== null) dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(made);
    });
    document.body.append(dialog);
    dialog.showModal();
    form.querySelector("input, textarea")?.select();
  });
}

function row(field, inputs) {
  const { name, label, check, note } = field;
  if (note) return el("p", { class: "quiet" }, note);
  const input = inputFor(field);
  inputs.set(name, { input, field });
  return check ? el("label", { class: "check" }, input, label) : el("label", {}, label, input);
}

function inputFor({ value, check, options, lines, number, optional, long, hint, most = 256, least }) {
  if (check) return el("input", { type: "checkbox", checked: Boolean(value) });
  if (options) return el("select", {}, ...options.map(([given, label]) => el("option", { value: given, selected: given === value }, label)));
  if (lines) return el("textarea", { rows: "4", required: !optional }, value ?? "");
  const limits = { required: !optional, maxlength: String(most), minlength: least ? String(least) : null, placeholder: hint };
  if (long) return el("textarea", { rows: "6", ...limits }, value ?? "");
  const kind = number ? { type: "number", step: "any", required: !optional } : { type: "text", ...limits };
  return el("input", { ...kind, value: String(value ?? "") });
}

function valuesOf(inputs) {
  return Object.fromEntries([...inputs].map(([name, { input, field }]) => [name, valueOf(input, field)]));
}

function valueOf(input, { check, lines, number }) {
  if (check) return input.checked;
  if (lines) return input.value.split("\n").map((line) => line.trim()).filter(Boolean);
  return number ? Number(input.value) : input.value.trim();
}
