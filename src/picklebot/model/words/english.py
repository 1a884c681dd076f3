"""What is said in English. Every other language has the same names, with the same blanks in curly brackets."""

from __future__ import annotations

from typing import Final

from picklebot.model.words import tokens

EMPTY_ANSWER: Final = "I have no words for that. Could you ask in another way?"
EMPTY_MESSAGE: Final = "That message came without words. Please write me something."
LANE_FULL: Final = (
    "I have too many of your messages waiting already, so I did not take this one. "
    "Please send it again when I have caught up."
)
LOST_HISTORY: Final = (
    "I could not find our earlier conversation, so I begin afresh in the same session. "
    "Whoever runs this bot may know what became of it."
)
NEW_SESSION: Final = "A new conversation begins. The earlier one is kept."
NOT_ADMITTED: Final = (
    "Sorry, I may not talk with you yet. "
    "Whoever runs this bot can let you in; your {platform} id is {user_id}."
)
YOUR_CODE: Final = "\n\nShow them this code, which is good for an hour: {code}"
NOT_FOR_AGENT: Final = (
    "Sorry, {agent} does not take questions from you. Whoever runs this bot can change that."
)
NOT_TAKEN: Final = "I could not take this just now. Please send it again in a moment."
HERE_I_AM: Final = "Hello! Write {name} and your question, answer one of my messages, or use /ask."
HERE_I_AM_IN_PRIVACY: Final = (
    "Hello! Write /ask{name} and your question, or answer one of my messages; I hear nothing else here."
)
NOT_HERE: Final = "I do not listen in this channel. Please ask me in another one."
UNKNOWN_COMMAND: Final = "I do not know /{name}. /help shows what I understand."
NEAR_COMMAND: Final = "I do not know /{name}. Did you mean /{near}? /help shows what I understand."
EDITED: Final = "You changed a message that I have read already."
ANSWER_EDITED: Final = "Answer the edited message"
DEAF: Final = "I cannot listen to voice messages here. Could you write it to me?"
NO_FILE: Final = "I could not fetch the file that you sent. Please send it again."
UNREADABLE: Final = "I cannot look at this {kind}. Could you put it in words?"

ONLY_FILES: Final = "Here is what I wrote."
FILES_OF: Final = "📎 {names}"
FILE_TOO_LARGE: Final = "📎 {name} ({size}) is too large for this chat."
FILE_REFUSED: Final = "📎 {name} ({size}) could not be sent here."
FILE_GONE: Final = "📎 {name} is not there any more, so I cannot send it."
FILE_LINK: Final = "Whoever has this link can fetch it for seven days: {link}"
FILE_PLACE: Final = "Whoever runs this bot finds it in data/results: {place}"

THINKING: Final = "thinking"
DOING: Final = "{doing} …"
STOP: Final = "Stop"
WAITS: Final = "I have this, and come to it when I am done with what came before."
WAITS_BEHIND: Final = "I have this; {count} others come before it."
USE_NOW: Final = "Use it now"
CANCEL: Final = "Cancel"
USED_NOW: Final = "That comes next."
NOT_WAITING: Final = "That does not wait any more."
BEGUN: Final = "That is being answered already."
ANSWERED_TOGETHER: Final = "(Answered together with your message before.)"
CALLED: Final = "That took me a while. My answer is above."

LATE: Final = "(You wrote this {ago} ago.)"
STALE: Final = (
    "I had an answer for you {ago} ago, but could not reach you until now, so I let it go. "
    "Please ask again if it still matters."
)

START: Final = (
    "Hello {name}! I am {agent}.{description}\n\nJust write to me. /help shows what else I understand."
)
START_IN_GROUP: Final = (
    "Hello {name}! I am {agent}.{description}\n\n"
    "Here I answer /ask and your question, and answers to my messages. /help shows what else I understand."
)
HELP: Final = "Write to me and I answer; I remember our conversation.\n\n{commands}"
HELP_IN_GROUP: Final = (
    "Here I answer /ask and your question, and answers to my messages; I remember our conversation."
    "\n\n{commands}"
)
COMMANDS: Final[dict[str, str]] = {
    "start": "say hello",
    "help": "what I understand",
    "new": "begin a new conversation; the earlier one is kept",
    "sessions": "our conversations",
    "resume": "go back to an earlier conversation",
    "title": "what our conversation is called; with words, call it that",
    "retry": "answer my last question again",
    "undo": "take back my last question and its answer",
    "fork": "go on in a copy; the conversation stays as it is",
    "compact": "sum up what we said, and go on from that; words after it say what to keep",
    "agent": "who answers; with a name, talk with that one",
    "model": "which model answers here",
    "verbose": "tell how each answer came about, or stop telling",
    "settings": "what you chose for this conversation",
    "usage": "how much you asked, and what it took",
    "export": "our conversation in writing; /export json is all of them",
    "forget": "delete what is kept about you; I ask first",
    "link": "go on with our conversation in another place, such as Discord",
    "stop": "end the answer that is being written; /stop all drops what waits, too",
    "status": "what became of your messages",
    "whoami": "your id, and the session you are in",
    "ask": "ask me something",
    "pair": "who waits to be let in; with their code, let them in",
    "allow": "let somebody in by their id",
    "revoke": "shut somebody out; I ask first",
    "health": "how the gateway is doing",
}
GROUP_TITLES: Final[dict[str, str]] = {
    "conversations": "Our conversations",
    "last": "The last answer",
    "answering": "How I answer",
    "you": "About you",
    "operators": "Running me",
    "more": "More",
}
SWITCHES: Final[dict[str, dict[str, str]]] = {
    "stop": {tokens.ALL: "drop what waits, too"},
    "export": {tokens.JSON: "all conversations, for programs"},
}
"""What a command may be followed by, with what that does."""
BLANKS: Final[dict[str, tuple[str, str]]] = {
    "sessions": ("page", "which page of the list"),
    "resume": ("conversation", "its number in /sessions, or its id"),
    "title": ("title", "what it shall be called"),
    "agent": ("agent", "its name"),
    "model": ("model", "its name"),
    "verbose": ("tell", "on or off"),
    "compact": ("keep", "what the summary shall keep"),
    "link": ("code", "the code that I gave you in the other place, or off"),
    "pair": ("code", "the code they were shown"),
    "allow": ("id", "their id"),
    "revoke": ("id", "their id"),
}
"""What a command may be given in people's own words: its name, and what it is. None of them is required."""
QUESTION: Final = "what you want to know"
ASK_ABOUT_THIS: Final = "Ask about this"
WHAT_ABOUT_THIS: Final = "What can you tell me about this?"
FORMS: Final[dict[str, tuple[str, str]]] = {
    "ask": ("Ask me something", "What would you like to know?"),
    "about": ("Ask about this", "What would you like to know?"),
    "title": ("Our conversation", "What shall it be called?"),
    "code": ("A code from another place", "The code that I gave you there"),
}
"""What stands above a form with one field, and above the field; Discord shows 45 characters of each."""
ASKS: Final[dict[str, str]] = {
    "ask": "What would you like to know? Answer this message, or write /ask and your question.",
    "title": "What shall it be called? Answer this message, or write /title and the name.",
    "code": "Which code did I give you there? Answer this message with it, or write /link and the code.",
}
"""How a message asks for what a command needs: its last line, by which it is known again in a reply to it."""
NO_SESSIONS: Final = "We have had no conversation here yet. Just write to me."
NO_MORE_SESSIONS: Final = "There are no earlier conversations."
SESSIONS: Final = "Our conversations, the last first:"
SESSION_LINE: Final = "{number}. {title} ({count}, {ago} ago){here}"
HERE: Final = " - you are here"
HOW_TO_RESUME: Final = "/resume and a number goes back to one; /new begins another."
UNTITLED: Final = "A conversation"
AGES: Final[dict[str, tuple[str, str]]] = {
    "day": ("a day", "{count} days"),
    "hour": ("an hour", "{count} hours"),
    "minute": ("a minute", "{count} minutes"),
}
"""One and many of them, as they stand beside "ago"."""
COUNTED: Final[dict[str, tuple[str, str]]] = {
    "conversation": ("1 conversation", "{count} conversations"),
    "message": ("1 message", "{count} messages"),
    "token": ("1 token", "{count} tokens"),
}
"""One and many of what is counted."""
OLDER: Final = "Older"
NEWER: Final = "Newer"
RESUMED: Final = "We go on with: {title} ({count})."
NO_SUCH_SESSION: Final = "I know no conversation of ours called {session}. /sessions lists them."
TITLE: Final = "Our conversation is called: {title}"
TITLED: Final = "Our conversation is now called: {title}"
NOTHING_SAID: Final = "You have not asked me anything in this conversation yet."
BUSY: Final = "I am still at your last message. Please try again when it is answered, or say /stop."
TAKEN_BACK: Final = "Taken back, and I go on as if it had not been said: “{question}”"
SUMMARY_TAKEN_BACK: Final = "The summary that had it in is gone with it."
ASKED_AGAIN: Final = "I answer that again."
COPY: Final = "{title} (copy)"
FORKED: Final = "We go on in a copy. “{title}” stays as it was; /sessions lists both."
SUMMING_UP: Final = "summing up"
SUMMED_UP: Final = "Summed up {count} messages. I go on from the summary."
TOO_LITTLE_TO_SUM_UP: Final = "There is too little here to sum up yet."
NOT_SUMMED_UP: Final = "{text} I have not summed anything up, and go on as before."
NO_SUMMARY: Final = "I found no words to sum this up."
SUM_UP_STOPPED: Final = "(Stopped, as you asked. I have not summed anything up.)"
SUMMARY: Final = "Summary"
AGENTS: Final = "You can talk with:"
AGENT_LINE: Final = "{agent}{description}{here}"
NO_SUCH_AGENT: Final = "There is no agent {agent} for you here. /agent shows those there are."
SAME_AGENT: Final = "You are talking with {agent} already."
AGENT_NOW: Final = "You are talking with {agent} now. Just write."
AGENT_AGAIN: Final = "You are talking with {agent} again. We go on with: {title}"
MODEL: Final = "{model} answers here. There is no other to choose."
MODELS: Final = "{model} answers here. You can choose another:"
MODEL_NOW: Final = "From your next message on, {model} answers in this conversation."
NO_SUCH_MODEL: Final = "I cannot use {model}. You can choose: {models}"
SWITCHED: Final[dict[bool, str]] = {True: "on", False: "off"}
VERBOSE_NOW: Final = "From now on each answer here ends with a line on how it came about."
BRIEF_NOW: Final = "From now on I just answer."
SETTINGS: Final = "{title}\nAgent: {agent}\nModel: {model}\nTell how answers came about: {verbose}"
RENAME: Final = "Another name"
CHANGE_AGENT: Final = "Another agent"
CHANGE_MODEL: Final = "Another model"
CHANGE_VERBOSE: Final = "Tell how answers came about: {other}"
YOU: Final = "You"
USAGE: Final = "What you asked me, and the tokens it took as far as they are counted:"
USAGE_LINE: Final = "{span}: {messages}, {tokens}"
QUOTA_LEFT: Final = "Of what you may use in a day: {parts}. It begins anew in {wait}."
QUOTA_OF_MESSAGES: Final = "{used} of {most} messages"
QUOTA_OF_TOKENS: Final = "{used} of {most} tokens"
QUOTA_OF_DOLLARS: Final = "{used:.2f} of {most:.2f} dollars"
QUOTA_MESSAGES: Final = (
    "You have had your {most} messages of a day, which is what one person may send me. "
    "Please write again in {wait}."
)
QUOTA_ANSWERS: Final = (
    "You have used up what answers may take for one person in a day. Please write again in {wait}."
)
TODAY: Final = "Today (UTC)"
LAST_WEEK: Final = "Last 7 days"
IN_ALL: Final = "In all"
IN_PRIVATE: Final = "That is only for you. Please ask me in a private chat."
EXPORT_CUT: Final = (
    "(The oldest messages are left out here. Whoever runs this bot can give you all of them.)\n\n{text}"
)
FORGET_ASK: Final = (
    "Shall I delete what is kept about you: {count} with all that was said there? "
    "That cannot be undone. /forget everything does it."
)
FORGET_YES: Final = "Delete everything"
FORGET_NO: Final = "Keep it"
FORGET_BUSY: Final = "I am still at one of your messages. Please say /stop all, and then /forget again."
NOT_FORGOTTEN: Final = "Nothing was deleted."
FORGOTTEN: Final = "Deleted: {count}. What you write next begins afresh."

LINK_CODE: Final = (
    "Say this to me in the other place, within ten minutes:\n\n/link {code}\n\n"
    "From then on we have one conversation in both. Do not show the code to anybody else."
)
LINK_HAVE_CODE: Final = "I have a code already"
LINK_TAP: Final = "On {platform}, a tap is enough: {link}"
LINKED_WITH: Final = "We also talk on: {places}. /link off ends that for this chat."
LINK_ASK: Final = (
    "Shall we have one conversation here and with {name} on {platform}? What is said in one place can then be "
    "read in the other, so only say yes if both are you, and if you asked me for that code. /link {code} yes does it."
)
LINK_YES: Final = "Both are me"
LINK_NO: Final = "No"
LINK_SELF: Final = "That is your own code. Say it to me in the other place."
NO_SUCH_LINK: Final = "I know no such code. It may be older than ten minutes; /link there makes a new one."
LINKED: Final = "We go on here with: {title}. What we talked about here before is in /sessions."
LINKED_THERE: Final = (
    "We now have one conversation here and with {name} on {platform}. If that is not you: /link off"
)
NOT_LINKED: Final = "This chat is by itself already."
UNLINKED: Final = "This chat is by itself again, and a new conversation begins."

OPERATORS_ONLY: Final = "Only whoever runs this bot may say that."
NOBODY_WAITS: Final = "Nobody is waiting to be let in."
WAITING_OUTSIDE: Final = "These would like to talk with me. /pair and the code they show you lets one in."
ONE_WAITING: Final = "{name} ({platform} id {user_id})"
LET_IN_BUTTON: Final = "Let {name} in"
LET_IN: Final = "{name} ({platform} id {user_id}) may talk with me from now on."
NO_SUCH_CODE: Final = "I know no such code. It may be older than an hour."
TOO_MANY_GUESSES: Final = "Too many wrong codes. Please try again in ten minutes."
WHICH_ID: Final = "Please give the number of their id, such as /{command} 123456. /whoami shows it."
NOT_YOURSELF: Final = "That is you. Somebody else who runs this bot has to do it."
REALLY_REVOKE: Final = "Shall I shut out {platform} id {user_id}?"
REVOKE_BUTTON: Final = "Shut them out"
KEEP_BUTTON: Final = "No"
REVOKED: Final = "{platform} id {user_id} may not talk with me any more."
LEFT_AS_IT_IS: Final = "I left it as it is."
NEWS_PAIRING: Final = "{name} ({platform} id {user_id}) would like to talk with me. /pair shows who waits."
HEALTHY: Final = "All is well."
NOT_HEALTHY: Final = "Something needs a look:"
HEALTH_PLATFORM: Final = "{name}: {state}"
HEALTH_QUEUE: Final = "Waiting: {waiting}, running: {running}."

CHOOSE: Final = "Choose …"
CHOICE_GONE: Final = "That is no longer there. Please ask again."
CHOICE_OVER: Final = "That was too long ago. Please ask again."
CHOICE_MADE: Final = "That was decided already: {label}"
CHOICE_NOT_YOURS: Final = "Only the one who asked may choose here."

WHOAMI: Final = "Your {platform} id is {user_id}.\nSession {session}, with {agent}."
SOMEBODY: Final = "there"
SOMEBODY_NEW: Final = "Somebody"
NO_SESSION_YET: Final = "none yet"

GAVE_UP_ONCE: Final = "I was interrupted once over this message, so I will not try it again."
GAVE_UP: Final = "I was interrupted {count} times over this message, so I will not try it again."
WITH_REFERENCE: Final = "{text} (Reference {reference})"
TOKENS: Final = "{taken_in} tokens in, {given_out} out"
TOOK_TOO_LONG: Final = "This took longer than I am allowed to think, so I stopped. Please try again."
AGENT_GONE: Final = (
    "The agent {agent} of this conversation is not here any more. /new begins one with another."
)
WENT_WRONG: Final = "Something went wrong on my side, and it has been noted. Please try again."
STOPPED_AFTER: Final = "{text}\n\n(Stopped here, as you asked.)"
STOPPED_AT_ONCE: Final = "(Stopped, as you asked, before I had said anything.)"

STOPPING: Final = "I stop."
NOTHING_TO_STOP: Final = "Nothing is running that I could stop."
STILL_WAITING: Final = "{count} more of your messages wait; /stop all drops them too."
ONE_STILL_WAITS: Final = "One more of your messages waits; /stop all drops it too."
STATUS_SESSION: Final = "Session {session}, with {agent}."
STATUS_RUNNING: Final = "I am answering now."
STATUS_WAITING: Final = "Waiting for their turn: {count}."
STATUS_OWED: Final = "Answered, and not arrived here yet: {count}."
STATUS_QUIET: Final = "Nothing is waiting."
STATUS_FAILED: Final = "Not answered, the last first: {references}. Whoever runs this bot can try them again."
STATUS_EXPIRED: Final = "Answered, but I could not reach you in time, the last first: {questions}."
NO_MESSAGES_YET: Final = "We have not talked yet, so nothing is waiting."
DROPPED: Final = "Messages dropped that were waiting: {count}."
DROPPED_ONE: Final = "(Dropped, as you asked.)"

NEWS_DEAD_LETTER: Final = (
    "I could not answer a message of {platform}:{speaker} ({reason}). "
    "`picklebot messages show {reference}` tells more, and `redrive` tries it again."
)
NEWS_PARKED: Final = "I no longer listen on {platform}: {reason}"
NEWS_KEY: Final = "The model of {agent} does not answer: {reason}. Its key or account needs a look."
KEY_REASONS: Final[dict[str, str]] = {
    "key_refused": "the provider refused the key",
    "quota": "the account at the provider is used up",
}
"""The failures that only whoever pays for the model can mend."""
NEWS_MORE: Final = "{text}\n(This is the last of {count} such things.)"

FAULTS: Final[dict[str, str]] = {
    "rate_limited": "The model is busy right now. Please try again in a minute.",
    "quota": "The account at the model's provider is used up. Please tell the operator.",
    "provider_down": "The model's provider has a problem right now. Please try again soon.",
    "unreachable": "I cannot reach my model right now. Please try again soon.",
    "key_refused": "The model's provider did not accept my key. Please tell the operator.",
    "unknown_model": "The model I am set up with does not exist. Please tell the operator.",
    "too_long": "This conversation is too long for my model. Send less text, or /new to begin again.",
    "rejected": "The model's provider did not accept this message. Please put it differently.",
    "filtered": "The model declined to answer this. Please put it differently.",
    "no_room": "The model used all its room before it could answer. Please ask for less at once.",
    "step_limit": "I needed more steps for this than I am allowed. Please ask for less at once.",
    "timeout": "The model took too long to answer. Please try again.",
    "cut_off": "The answer was cut off on its way. Please try again.",
    "garbled": "The model's answer could not be read. Please try again.",
    "confused": "The model lost its thread. Please try again.",
    "misconfigured": "My model is not set up correctly. Please tell the operator.",
    "unknown_provider": "My model is not set up: its name is not one I know. Please tell the operator.",
    "bad_address": "My model is not set up: its address is wrong. Please tell the operator.",
    "no_key": "My model is not set up yet: its key is missing. Please tell the operator.",
}
"""Why a model did not answer, by the code of the error."""
