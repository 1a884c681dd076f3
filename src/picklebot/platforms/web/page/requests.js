// Requests to the gateway that served this page.

export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, { ...options, credentials: "same-origin" });
  } catch {
    throw new Refused(0, "unreachable", "picklebot cannot be reached just now.");
  }
  if (response.status === 204) return null;
  let body = null;
  try {
    body = await response.json();
  } catch {
    if (response.ok) throw new Refused(0, "unreachable", "The answer was cut off.");
  }
  if (response.ok) return body;
  const { code = "error", message = "picklebot could not do that." } = body?.error ?? {};
  throw new Refused(response.status, code, message);
}

export const get = (path) => ask(path, {});

export const post = (path, body) =>
  ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
