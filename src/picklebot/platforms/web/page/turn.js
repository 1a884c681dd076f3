// One turn on the page: what was said, and what was answered to it.

import { render } from "./markdown.js";

const SLOW_TEXT = 20000; // from this length on, a growing answer is drawn less often

export class Turn {
  #answers = new Map();
  #typing = null;
  #files = null;

  constructor({ id = null, message = null } = {}) {
    this.id = id;
    this.message = message;
    this.settled = false; // whether nothing more is to come
    this.past = false; // whether its answer is from the history
    this.element = make("article", "turn");
  }

  // what was said

  say(text) {
    this.said ??= this.element.insertBefore(make("div", "said"), this.element.firstChild);
    this.said.dir = "auto";
    this.said.textContent = text;
  }

  sending() {
    this.said?.classList.add("sending");
    this.#trouble?.remove();
    this.#show(true);
  }

  taken() {
    this.said?.classList.remove("sending");
    this.#trouble?.remove();
  }

  waiting() {
    this.taken();
    this.#show(![...this.#answers.values()].some((answer) => answer.begun));
  }

  // `ways` are what can be done about it: the words of a button, and what it does.
  unsent(why, ways) {
    this.#show(false);
    this.#trouble?.remove();
    const row = make("p", "unsent");
    row.setAttribute("role", "alert");
    row.append(Object.assign(make("span", "trouble"), { textContent: why }));
    for (const [words, act] of Object.entries(ways)) {
      const button = Object.assign(make("button"), { type: "button", textContent: words });
      button.addEventListener("click", act);
      row.append(button);
    }
    this.said.after(row);
  }

  get #trouble() {
    return this.element.querySelector(":scope > .unsent");
  }

  // what was answered

  begin(key) {
    this.taken();
    this.#answer(key).reset();
    this.#show(true);
  }

  grow(key, text) {
    this.#show(false);
    this.#answer(key).grow(text);
  }

  tool(key, label, state) {
    this.#answer(key).tool(state === "started" ? label : "");
  }

  finish(key, text) {
    this.taken();
    this.#show(false);
    this.#answer(key).finish(text);
  }

  fail(key, text) {
    this.taken();
    this.#show(false);
    this.#answer(key).fail(text);
  }

  // `files` have a path in the session's folder and a url.
  enclose(files) {
    this.#files?.remove();
    this.#files = this.element.insertBefore(make("ul", "files"), this.#typing);
    this.#files.setAttribute("aria-label", "Files");
    for (const { path, url } of files) {
      const link = Object.assign(make("a"), { href: url, textContent: path.split("/").at(-1), title: path });
      link.setAttribute("download", "");
      this.#files.appendChild(make("li")).append(link);
    }
  }

  calm() {
    this.taken();
    this.#show(false);
  }

  forget(key) {
    this.#answers.get(key)?.element.remove();
    this.#answers.delete(key);
  }

  ended(key) {
    return this.#answers.get(key)?.done ?? false;
  }

  #answer(key) {
    let answer = this.#answers.get(key);
    if (!answer) {
      answer = new Answer();
      this.#answers.set(key, answer);
      this.element.insertBefore(answer.element, this.#files ?? this.#typing);
    }
    return answer;
  }

  #show(typing) {
    if (!typing) {
      this.#typing?.remove();
      this.#typing = null;
    } else if (!this.#typing) {
      this.#typing = make("div", "typing");
      this.#typing.setAttribute("aria-label", "Answering");
      this.#typing.append(make("i"), make("i"), make("i"));
      this.element.append(this.#typing);
    }
  }
}

class Answer {
  #text = "";
  #timer = null;

  constructor() {
    this.element = make("div", "answer");
    this.element.hidden = true;
    this.body = this.element.appendChild(make("div", "body"));
    this.done = false;
  }

  get begun() {
    return Boolean(this.#text || this.line);
  }

  reset() {
    this.#text = "";
    this.done = false;
    this.#draw();
  }

  grow(text) {
    this.#text += text;
    const pause = this.#text.length > SLOW_TEXT ? 500 : 60;
    this.#timer ??= setTimeout(() => this.#draw(), pause);
  }

  tool(label) {
    this.line?.remove();
    this.line = null;
    if (!label) return;
    this.line = this.element.appendChild(make("p", "tool"));
    this.line.textContent = label;
    this.element.hidden = false;
  }

  finish(text) {
    this.#text = text || "(The answer was empty.)";
    this.done = true;
    this.tool("");
    this.#draw();
  }

  fail(text) {
    this.done = true;
    this.tool("");
    this.#draw();
    const line = this.element.appendChild(make("p", "failed"));
    line.textContent = text;
    this.element.hidden = false;
  }

  #draw() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.body.replaceChildren(render(this.#text));
    this.element.hidden = !this.begun;
    this.element.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
  }
}

function make(name, className = "") {
  const node = document.createElement(name);
  if (className) node.className = className;
  return node;
}
