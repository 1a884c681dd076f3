// What can go wrong on either platform, in the control APIs' terms.
// `needs` are the fields that a person fills in; `make(fields)` gives path and body of the request.

const ANY = ["call", "times"];
const SEND = "POST /channels/*/messages";
const EDIT = "PATCH /channels/*/messages/*";

const telegram = (body) => ({ call, times }) => ["/faults", { method: call, times, ...body }];
const bad = (description) => ({ code: 400, description: `Bad Request: ${description}` });
const poll = (code, description) => ({ times }) => ["/faults", { method: "getUpdates", times, code, description }];
const discord = (body) => ({ call, times }) => ["/faults", { route: call, times, ...body }];
const gateway = (body) => () => ["/gateway", body];

export const FAULTS = {
  telegram: [
    { label: "Too many requests (429)", needs: [...ANY, "seconds"], make: (it) => telegram({ retry_after: Math.ceil(it.seconds) })(it) },
    { label: "Server error (500)", needs: ANY, make: telegram({ code: 500 }) },
    { label: "Blocked by the user (403)", needs: ANY, make: telegram({ code: 403 }) },
    { label: "Topic closed (400)", needs: ANY, make: telegram(bad("TOPIC_CLOSED")) },
    { label: "Topic deleted (400)", needs: ANY, make: telegram(bad("message thread not found")) },
    { label: "Formatting refused (400)", needs: ANY, make: telegram(bad("can't parse entities: entity begins in the middle of a character")) },
    { label: "Message to edit not found (400)", needs: ["times"], make: ({ times }) => telegram(bad("message to edit not found"))({ call: "editMessageText", times }) },
    { label: "Too long (400)", needs: ANY, make: telegram(bad("message is too long")) },
    { label: "Connection drops before it is done", needs: ANY, make: telegram({ kind: "drop" }) },
    { label: "Done, then the connection drops", needs: ANY, make: telegram({ kind: "deliver_then_drop" }) },
    { label: "Slow answer", needs: [...ANY, "seconds"], make: (it) => telegram({ kind: "delay", seconds: it.seconds })(it) },
    { label: "Outage", needs: ["seconds"], make: ({ seconds }) => ["/outage", { seconds }] },
    { label: "Token refused (401)", needs: ["times"], make: poll(401, "Unauthorized") },
    { label: "Another poller (409)", needs: ["times"], make: poll(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running") },
    { label: "Enforce Telegram's rate limits", make: () => ["/limits", { enforced: true }] },
    { label: "Lift the rate limits", make: () => ["/limits", { enforced: false }] },
  ],
  discord: [
    { label: "Too many requests (429)", needs: [...ANY, "seconds"], make: (it) => discord({ status: 429, retry_after: it.seconds })(it) },
    { label: "Server error (500)", needs: ANY, make: discord({ status: 500 }) },
    { label: "Missing access (403)", needs: ANY, make: discord({ status: 403, code: 50001, message: "Missing Access" }) },
    { label: "Direct messages closed (50007)", needs: ["times"], make: ({ times }) => discord({ status: 403, code: 50007, message: "Cannot send messages to this user" })({ call: SEND, times }) },
    { label: "No right to write (50013)", needs: ["times"], make: ({ times }) => discord({ status: 403, code: 50013, message: "Missing Permissions" })({ call: SEND, times }) },
    { label: "Thread locked (50083)", needs: ["times"], make: ({ times }) => discord({ status: 400, code: 50083, message: "Thread is archived" })({ call: SEND, times }) },
    { label: "Message to edit not found (10008)", needs: ["times"], make: ({ times }) => discord({ status: 404, code: 10008, message: "Unknown Message" })({ call: EDIT, times }) },
    { label: "Connection drops before it is done", needs: ANY, make: discord({ drop: "before" }) },
    { label: "Done, then the connection drops", needs: ANY, make: discord({ drop: "after" }) },
    { label: "Slow answer", needs: [...ANY, "seconds"], make: (it) => discord({ delay: it.seconds })(it) },
    { label: "Outage", needs: ["seconds"], make: ({ seconds }) => ["/outage", { seconds }] },
    { label: "Gateway breaks off", make: gateway({ do: "disconnect", code: null }) },
    { label: "Gateway asks to reconnect", make: gateway({ do: "reconnect" }) },
    { label: "Gateway session is invalid", make: gateway({ do: "invalidate" }) },
    { label: "Token refused (4004)", make: gateway({ do: "disconnect", code: 4004 }) },
    { label: "Message content intent refused (4014)", make: gateway({ do: "refuse_content" }) },
    { label: "Message content intent approved again", make: gateway({ do: "approve_content" }) },
  ],
};

export const CALLS = {
  telegram: [
    ["*", "any call but polls"], ["sendMessage", "sendMessage"], ["editMessageText", "editMessageText"],
    ["sendChatAction", "sendChatAction"], ["getUpdates", "getUpdates"],
  ],
  discord: [
    ["*", "any call"], [SEND, "send a message"], [EDIT, "edit a message"],
    ["POST /channels/*/typing", "show typing"], ["POST /interactions/*", "answer an interaction"],
  ],
};
