// The chat page: what is typed goes through the outbox, what is answered comes on the stream, and after every
// interruption the history is the truth.

import { Conversation } from "./conversation.js";
import { Outbox } from "./outbox.js";
import { get, post, Refused } from "./requests.js";
import { Stream } from "./stream.js";
import { Turn } from "./turn.js";

const byId = (id) => document.getElementById(id);
const DRAFT = "picklebot.draft";
const PAUSE = 3000; // milliseconds until a message that did not get through is sent again
const HOPELESS = new Set([413, 422]); // refused for what it is

const outbox = new Outbox();
const conversation = new Conversation(byId("conversation"));
const scroller = byId("scroller");
const field = byId("text");

let loading = true; // events wait in `early` until the history they belong to is drawn
let early = [];
let connected = false;
let line = 0; // counts lost lines
let latestCommand = null;
let atEnd = true;

// the history

async function load() {
  loading = true;
  try {
    const history = await get("/web/history");
    show(history);
    loading = false;
    early.splice(0).forEach(([name, data]) => apply(name, data));
    return true;
  } catch (error) {
    await explain(error);
    return connected ? load() : false;
  }
}

function show({ session, title, agent, messages }) {
  byId("title").textContent = title || "picklebot";
  byId("agent").textContent = agent ? `with ${agent}` : "";
  document.title = title ? `${title} · picklebot` : "picklebot";
  conversation.load(session, messages, (turn) => outbox.get(turn.message) || turn === latestCommand);
  for (const item of outbox.items) place(item);
  settle();
}

function place(item) {
  let turn = conversation.find({ message: item.id, turn: item.turn });
  if (turn?.settled) {
    outbox.remove(item.id);
    return;
  }
  if (!turn) {
    turn = conversation.add(new Turn({ id: item.turn, message: item.id }));
    turn.say(item.text);
  }
  turn.message = item.id;
  if (item.turn) turn.waiting();
  else turn.sending();
}

// the stream

const stream = new Stream({
  prepare: load,
  onOpen: async () => {
    const mine = line;
    while (!(await load()) && mine === line);
    if (mine !== line) return;
    connected = true;
    byId("connection").textContent = "";
    showUnconfigured().catch(() => {}); // a help, and not worth a word when it fails
    await Promise.all(outbox.items.map(send));
  },
  onEvent: (name, data) => (loading ? early.push([name, data]) : apply(name, data)),
  onLost: () => {
    line += 1;
    early = [];
    loading = true;
    connected = false;
    byId("connection").textContent = "reconnecting…";
  },
});

function apply(name, data) {
  let turn = conversation.find({ message: data.reply_to, turn: data.turn });
  if (!turn) {
    turn = conversation.add(new Turn({ id: data.turn, message: data.reply_to }));
    if (name === "start") load(); // said in another tab: its words are in the history
  }
  if (turn.past && turn.id === data.turn) return; // the history was faster
  if (name === "start") turn.begin(data.turn);
  else if (name === "delta") turn.grow(data.turn, data.text);
  else if (name === "tool") turn.tool(data.turn, data.label, data.state);
  else if (name === "final") turn.finish(data.turn, data.text);
  else turn.fail(data.turn, data.message);
  if (name === "final" || name === "failed") ended(turn, data);
  settle();
}

function ended(turn, data) {
  byId("announcer").textContent = data.text ?? data.message;
  if (turn.id === data.turn) turn.settled = true;
  if (turn.settled) outbox.remove(turn.message);
  // What a command changed, who answers, and where an answer's files are: the history knows.
  if (turn === latestCommand || !byId("agent").textContent || data.files?.length) load();
}

// saying something

async function send(item) {
  place(item);
  try {
    const answer = await post("/web/messages", { text: item.text, message_id: item.id });
    taken(item, answer);
  } catch (error) {
    if (error.status === 401) await explain(error);
    const hopeless = HOPELESS.has(error.status);
    if (hopeless) outbox.remove(item.id); // it would be refused again, at every load of the page
    conversation.find({ message: item.id })?.unsent(error.message, {
      ...(hopeless ? {} : { "Try again": () => send(item) }),
      Edit: () => takeBack(item),
    });
    if (error.status === 0) setTimeout(() => sendAgain(item.id), PAUSE);
  }
}

function sendAgain(id) {
  const item = outbox.get(id);
  if (item && !item.turn && connected) send(item);
}

addEventListener("online", () => outbox.items.forEach(({ id }) => sendAgain(id)));

function taken(item, { receipt, turn: id, state, reply }) {
  outbox.change(item.id, { turn: id });
  let turn = conversation.find({ message: item.id });
  const known = id && conversation.find({ turn: id });
  if (known && known !== turn) {
    // It was in the history all along; only its answer to us had been lost.
    if (turn) conversation.remove(turn);
    turn = known;
    turn.message = item.id;
  }
  if (!turn) return;
  turn.id ??= id;
  if (receipt === "handled") latestCommand = turn;
  if (state === "failed" && !turn.ended(id)) turn.fail(id, reply || "This could not be answered. Say it again to try once more.");
  if ((state === "running" || state === "accepted") && !turn.ended(id)) {
    turn.waiting();
    return;
  }
  turn.settled = true;
  turn.calm();
  outbox.remove(item.id);
  if (receipt !== "accepted") load(); // a command may have changed the session; an old answer is in the history
}

function submit() {
  const text = field.value;
  if (!text.trim()) return;
  const item = outbox.add(text);
  field.value = "";
  fit();
  keepDraft();
  byId("unconfigured").open = false;
  atEnd = true;
  place(item);
  settle();
  if (connected) send(item); // else the stream's return sends it
}

function takeBack(item) {
  outbox.remove(item.id);
  conversation.remove(conversation.find({ message: item.id }));
  field.value = [item.text, field.value].filter(Boolean).join("\n");
  fit();
  keepDraft();
  field.focus();
  settle();
}

// the form

function fit() {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
  byId("send").disabled = !field.value.trim();
}

function keepDraft() {
  try {
    localStorage.setItem(DRAFT, field.value);
  } catch {
    // A browser that keeps nothing still chats.
  }
}

field.addEventListener("input", () => {
  fit();
  keepDraft();
});
field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
  field.focus();
});

// scrolling: stay at the end, unless somebody reads above

function settle() {
  byId("welcome").hidden = !conversation.empty;
  if (atEnd) scroller.scrollTop = scroller.scrollHeight;
  else byId("jump").hidden = false;
}

scroller.addEventListener("scroll", () => {
  atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  if (atEnd) byId("jump").hidden = true;
});
byId("jump").addEventListener("click", () => {
  atEnd = true;
  byId("jump").hidden = true;
  settle();
});
byId("conversation").addEventListener("drawn", settle);
new ResizeObserver(() => atEnd && settle()).observe(scroller);

// troubles and the login

async function explain(error) {
  if (error instanceof Refused && error.code === "no_token") await logIn();
  else if (error instanceof Refused && error.code === "no_speaker") await get("/web/history");
  else await new Promise((resolve) => setTimeout(resolve, 1000));
}

function logIn() {
  const dialog = byId("login");
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) => {
    byId("login-form").onsubmit = async (event) => {
      event.preventDefault();
      try {
        await post("/login", { token: byId("token").value });
        dialog.close();
        resolve();
      } catch (error) {
        byId("login-error").textContent = error.message;
      }
    };
  });
}
byId("login").addEventListener("cancel", (event) => event.preventDefault());

async function showUnconfigured() {
  const { unconfigured } = await get("/web/status");
  const box = byId("unconfigured");
  box.hidden = unconfigured.length === 0;
  box.open = conversation.empty;
  box.querySelector("summary").textContent = `Not set up yet: ${unconfigured.map(({ name }) => name).join(", ")}`;
  const lines = unconfigured.map(({ name, key }) => {
    const line = document.createElement("li");
    line.append(`${name}: set `, Object.assign(document.createElement("code"), { textContent: key }));
    return line;
  });
  box.querySelector("ul").replaceChildren(...lines);
}

// the beginning

async function start() {
  try {
    field.value = localStorage.getItem(DRAFT) ?? "";
  } catch {
    // see keepDraft
  }
  fit();
  for (const item of outbox.items) place(item);
  stream.run();
}

start();
