// Small questions in a dialog.

import { attempt, el } from "/dom.js";

// Fields are {name, label, value, long?, hint?, most?, least?, optional?} | {name, label, check} | {note}. Resolves to what
// `make(values)` gives, or null.
export function askFor(title, fields, make, submit = "Add") {
  return new Promise((resolve) => {
    const inputs = new Map();
    const rows = fields.map((field) => row(field, inputs));
    const cancel = el("button", { type: "button", class: "plain", onclick: () => dialog.close() }, "Cancel");
    const form = el("form", {}, el("h2", {}, title), ...rows,
      el("p", { class: "buttons" }, cancel, el("button", { type: "submit", class: "primary" }, submit)));
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

function row({ name, label, value, check, note, long, hint, most = 64, least, optional }, inputs) {
  if (note) return el("p", { class: "quiet" }, note);
  const limits = { required: !optional, maxlength: String(most), minlength: least ? String(least) : null, placeholder: hint };
  const input = check ? el("input", { type: "checkbox" })
    : long ? el("textarea", { rows: "6", ...limits }, value ?? "")
    : el("input", { type: "text", ...limits, value });
  inputs.set(name, input);
  return check ? el("label", { class: "check" }, input, label) : el("label", {}, label, input);
}

function valuesOf(inputs) {
  return Object.fromEntries([...inputs].map(([name, input]) => [name, input.type === "checkbox" ? input.checked : input.value.trim()]));
}
