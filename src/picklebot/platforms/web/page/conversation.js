// The turns on the page, found by the message that asked or by the turn's own id.

import { Turn } from "./turn.js";

export class Conversation {
  #turns = [];
  #session = null;

  constructor(element) {
    this.element = element;
  }

  get empty() {
    return this.#turns.length === 0;
  }

  find({ turn, message }) {
    return this.#turns.find((it) => (message && it.message === message) || (turn && it.id === turn));
  }

  add(turn) {
    this.#turns.push(turn);
    this.element.append(turn.element);
    return turn;
  }

  remove(turn) {
    this.#turns = this.#turns.filter((it) => it !== turn);
    turn.element.remove();
  }

  // Draw a history. What is newer than it (commands, answers of this moment) stays below it, and so does what
  // `keep` is true for. When the session is another one, what was said in the old one goes.
  load(session, rows, keep) {
    const before = this.#turns;
    const changed = Boolean(this.#session) && this.#session !== session;
    this.#session = session;
    this.#turns = [];
    this.element.replaceChildren();
    for (const row of rows) this.#draw(row, before);
    const newest = Math.max(...this.#turns.map((turn) => before.indexOf(turn)), -1);
    before.forEach((turn, index) => {
      if (!this.#turns.includes(turn) && (keep(turn) || (!changed && index > newest))) this.add(turn);
    });
  }

  #draw(row, before) {
    const id = row.turn || null;
    const turn = this.find({ turn: id }) ?? this.add(before.find((it) => id && it.id === id) ?? new Turn({ id }));
    if (row.role === "user") turn.say(row.text);
    if (row.files.length) turn.enclose(row.files.map((path) => ({ path, url: this.#address(path) })));
    if (row.role !== "assistant" || !row.text || turn.ended(id)) return;
    turn.forget(id);
    turn.finish(row.seq, row.text);
    turn.settled = turn.past = true;
  }

  #address(path) {
    return `/api/v1/sessions/${this.#session}/results/${path.split("/").map(encodeURIComponent).join("/")}`;
  }
}
