"""Was auf Deutsch gesagt wird. What each sentence is for stands in `english`."""

from __future__ import annotations

from typing import Final

from picklebot.model.words import tokens

EMPTY_ANSWER: Final = "Dazu fehlen mir die Worte. Magst du anders fragen?"
EMPTY_MESSAGE: Final = "Diese Nachricht kam ohne Worte an. Schreib mir bitte etwas."
LANE_FULL: Final = (
    "Von dir warten schon zu viele Nachrichten, darum habe ich diese nicht angenommen. "
    "Schick sie bitte noch einmal, wenn ich nachgekommen bin."
)
LOST_HISTORY: Final = (
    "Unser früheres Gespräch habe ich nicht gefunden, darum fange ich in derselben Sitzung neu an. "
    "Wer diesen Bot betreibt, weiß vielleicht, was daraus geworden ist."
)
NEW_SESSION: Final = "Ein neues Gespräch beginnt. Das frühere bleibt aufgehoben."
NOT_ADMITTED: Final = (
    "Entschuldige, ich darf noch nicht mit dir reden. "
    "Wer diesen Bot betreibt, kann dich einlassen; deine Nummer bei {platform} ist {user_id}."
)
YOUR_CODE: Final = "\n\nZeig dort diesen Code, er gilt eine Stunde: {code}"
NOT_FOR_AGENT: Final = (
    "Entschuldige, {agent} nimmt keine Fragen von dir an. Wer diesen Bot betreibt, kann das ändern."
)
NOT_TAKEN: Final = "Das konnte ich gerade nicht annehmen. Schick es bitte gleich noch einmal."
HERE_I_AM: Final = (
    "Hallo! Schreib {name} und deine Frage, antworte auf eine meiner Nachrichten oder nimm /ask."
)
HERE_I_AM_IN_PRIVACY: Final = (
    "Hallo! Schreib /ask{name} und deine Frage, oder antworte auf etwas von mir; sonst höre ich hier nichts."
)
NOT_HERE: Final = "In diesem Kanal höre ich nicht zu. Frag mich bitte in einem anderen."
UNKNOWN_COMMAND: Final = "/{name} kenne ich nicht. /help zeigt, was ich verstehe."
NEAR_COMMAND: Final = "/{name} kenne ich nicht. Meintest du /{near}? /help zeigt, was ich verstehe."
EDITED: Final = "Du hast eine Nachricht geändert, die ich schon gelesen habe."
ANSWER_EDITED: Final = "Die geänderte Nachricht beantworten"
DEAF: Final = "Sprachnachrichten kann ich hier nicht anhören. Schreibst du es mir?"
NO_FILE: Final = "Ich konnte deine Datei nicht holen. Schick sie mir bitte noch einmal."
UNREADABLE: Final = "Das kann ich mir nicht ansehen ({kind}). Sagst du es mir mit Worten?"

ONLY_FILES: Final = "Hier ist, was ich geschrieben habe."
FILES_OF: Final = "📎 {names}"
FILE_TOO_LARGE: Final = "📎 {name} ({size}) ist zu groß für diesen Chat."
FILE_REFUSED: Final = "📎 {name} ({size}) ließ sich hier nicht schicken."
FILE_GONE: Final = "📎 {name} ist nicht mehr da, darum kann ich es nicht schicken."
FILE_LINK: Final = "Wer diesen Link hat, kann es sieben Tage lang abholen: {link}"
FILE_PLACE: Final = "Wer diesen Bot betreibt, findet es in data/results: {place}"

THINKING: Final = "denke nach"
DOING: Final = "{doing} …"
STOP: Final = "Aufhören"
WAITS: Final = "Ist da, und kommt dran, wenn ich mit dem fertig bin, was davor kam."
WAITS_BEHIND: Final = "Ist da; {count} andere kommen vorher."
USE_NOW: Final = "Jetzt gleich"
CANCEL: Final = "Verwerfen"
USED_NOW: Final = "Das kommt als Nächstes."
NOT_WAITING: Final = "Das wartet nicht mehr."
BEGUN: Final = "Das wird schon beantwortet."
ANSWERED_TOGETHER: Final = "(Zusammen mit deiner Nachricht davor beantwortet.)"
CALLED: Final = "Das hat eine Weile gedauert. Meine Antwort steht oben."

LATE: Final = "(Das hast du vor {ago} geschrieben.)"
STALE: Final = (
    "Vor {ago} hatte ich eine Antwort für dich, konnte dich aber bis jetzt nicht erreichen und habe sie "
    "verworfen. Frag bitte noch einmal, wenn es noch wichtig ist."
)

START: Final = (
    "Hallo {name}! Ich bin {agent}.{description}\n\nSchreib mir einfach. /help zeigt, was ich sonst verstehe."
)
START_IN_GROUP: Final = (
    "Hallo {name}! Ich bin {agent}.{description}\n\n"
    "Hier antworte ich auf /ask und deine Frage und auf Antworten auf meine Nachrichten. "
    "/help zeigt, was ich sonst verstehe."
)
HELP: Final = "Schreib mir, und ich antworte; ich erinnere mich an unser Gespräch.\n\n{commands}"
HELP_IN_GROUP: Final = (
    "Hier antworte ich auf /ask und deine Frage und auf Antworten auf meine Nachrichten; ich erinnere mich an "
    "unser Gespräch.\n\n{commands}"
)
COMMANDS: Final[dict[str, str]] = {
    "start": "Hallo sagen",
    "help": "was ich verstehe",
    "new": "ein neues Gespräch beginnen; das frühere bleibt aufgehoben",
    "sessions": "unsere Gespräche",
    "resume": "zu einem früheren Gespräch zurückkehren",
    "title": "wie unser Gespräch heißt; mit Worten dahinter heißt es künftig so",
    "retry": "meine letzte Frage noch einmal beantworten",
    "undo": "meine letzte Frage und ihre Antwort zurücknehmen",
    "fork": "in einer Kopie weitermachen; das Gespräch bleibt, wie es ist",
    "compact": "zusammenfassen, was wir sagten, und damit weitermachen; Worte dahinter sagen, was bleiben soll",
    "agent": "wer antwortet; mit einem Namen dahinter rede mit dem",
    "model": "welches Modell hier antwortet",
    "verbose": "sagen, wie jede Antwort zustande kam, oder damit aufhören",
    "settings": "was du für dieses Gespräch gewählt hast",
    "usage": "wie viel du gefragt hast, und was es gekostet hat",
    "export": "unser Gespräch zum Nachlesen; /export json sind alle",
    "forget": "löschen, was über dich aufgehoben ist; ich frage vorher",
    "link": "unser Gespräch anderswo weiterführen, zum Beispiel bei Discord",
    "stop": "die Antwort beenden, die gerade entsteht; /stop all verwirft auch, was wartet",
    "status": "was aus deinen Nachrichten geworden ist",
    "whoami": "deine Nummer, und die Sitzung, in der du bist",
    "ask": "mich etwas fragen",
    "pair": "wer auf Einlass wartet; mit dem Code dahinter wird eingelassen",
    "allow": "jemanden nach der Nummer einlassen",
    "revoke": "jemanden aussperren; ich frage vorher",
    "health": "wie es dem Gateway geht",
}
GROUP_TITLES: Final[dict[str, str]] = {
    "conversations": "Unsere Gespräche",
    "last": "Die letzte Antwort",
    "answering": "Wie ich antworte",
    "you": "Über dich",
    "operators": "Für den Betrieb",
    "more": "Mehr",
}
SWITCHES: Final[dict[str, dict[str, str]]] = {
    "stop": {tokens.ALL: "auch verwerfen, was wartet"},
    "export": {tokens.JSON: "alle Gespräche, für Programme"},
}
BLANKS: Final[dict[str, tuple[str, str]]] = {
    "sessions": ("seite", "welche Seite der Liste"),
    "resume": ("gespräch", "seine Nummer in /sessions, oder seine Kennung"),
    "title": ("titel", "wie es heißen soll"),
    "agent": ("agent", "sein Name"),
    "model": ("modell", "sein Name"),
    "verbose": ("sagen", "on oder off"),
    "compact": ("behalten", "was die Zusammenfassung behalten soll"),
    "link": ("code", "der Code, den ich dir am anderen Ort gab, oder off"),
    "pair": ("code", "der Code, der gezeigt wurde"),
    "allow": ("nummer", "wen ich einlassen soll"),
    "revoke": ("nummer", "wen ich aussperren soll"),
}
QUESTION: Final = "was du wissen willst"
ASK_ABOUT_THIS: Final = "Danach fragen"
WHAT_ABOUT_THIS: Final = "Was kannst du mir dazu sagen?"
FORMS: Final[dict[str, tuple[str, str]]] = {
    "ask": ("Frag mich etwas", "Was möchtest du wissen?"),
    "about": ("Danach fragen", "Was möchtest du wissen?"),
    "title": ("Unser Gespräch", "Wie soll es heißen?"),
    "code": ("Ein Code von einem anderen Ort", "Der Code, den ich dir dort gegeben habe"),
}
ASKS: Final[dict[str, str]] = {
    "ask": "Was möchtest du wissen? Antworte auf diese Nachricht, oder schreib /ask und deine Frage.",
    "title": "Wie soll es heißen? Antworte auf diese Nachricht, oder schreib /title und den Namen.",
    "code": "Welchen Code habe ich dir dort gegeben? Antworte auf diese Nachricht, oder schreib /link und den Code.",
}
NO_SESSIONS: Final = "Wir haben hier noch nicht geredet. Schreib mir einfach."
NO_MORE_SESSIONS: Final = "Frühere Gespräche gibt es nicht."
SESSIONS: Final = "Unsere Gespräche, das letzte zuerst:"
SESSION_LINE: Final = "{number}. {title} ({count}, vor {ago}){here}"
HERE: Final = " - hier bist du"
HOW_TO_RESUME: Final = "/resume und eine Nummer führt zu einem zurück; /new beginnt ein anderes."
UNTITLED: Final = "Ein Gespräch"
AGES: Final[dict[str, tuple[str, str]]] = {
    "day": ("einem Tag", "{count} Tagen"),
    "hour": ("einer Stunde", "{count} Stunden"),
    "minute": ("einer Minute", "{count} Minuten"),
}
COUNTED: Final[dict[str, tuple[str, str]]] = {
    "conversation": ("1 Gespräch", "{count} Gespräche"),
    "message": ("1 Nachricht", "{count} Nachrichten"),
    "token": ("1 Token", "{count} Token"),
}
OLDER: Final = "Ältere"
NEWER: Final = "Neuere"
RESUMED: Final = "Wir machen weiter mit: {title} ({count})."
NO_SUCH_SESSION: Final = "Ein Gespräch {session} von uns kenne ich nicht. /sessions zählt sie auf."
TITLE: Final = "Unser Gespräch heißt: {title}"
TITLED: Final = "Unser Gespräch heißt jetzt: {title}"
NOTHING_SAID: Final = "In diesem Gespräch hast du mich noch nichts gefragt."
BUSY: Final = (
    "Ich bin noch bei deiner letzten Nachricht. Versuch es bitte, wenn sie beantwortet ist, oder sag /stop."
)
TAKEN_BACK: Final = "Zurückgenommen; ich mache weiter, als wäre es nicht gesagt worden: „{question}“"
SUMMARY_TAKEN_BACK: Final = "Die Zusammenfassung, in der es stand, ist mit weg."
ASKED_AGAIN: Final = "Das beantworte ich noch einmal."
COPY: Final = "{title} (Kopie)"
FORKED: Final = "Wir machen in einer Kopie weiter. „{title}“ bleibt, wie es war; /sessions zählt beide auf."
SUMMING_UP: Final = "fasse zusammen"
SUMMED_UP: Final = "{count} Nachrichten zusammengefasst. Ich mache mit der Zusammenfassung weiter."
TOO_LITTLE_TO_SUM_UP: Final = "Hier gibt es noch zu wenig zum Zusammenfassen."
NOT_SUMMED_UP: Final = "{text} Ich habe nichts zusammengefasst und mache weiter wie bisher."
NO_SUMMARY: Final = "Mir sind keine Worte eingefallen, um das zusammenzufassen."
SUM_UP_STOPPED: Final = "(Wie du wolltest, habe ich aufgehört. Es ist nichts zusammengefasst.)"
SUMMARY: Final = "Zusammenfassung"
AGENTS: Final = "Du kannst reden mit:"
AGENT_LINE: Final = "{agent}{description}{here}"
NO_SUCH_AGENT: Final = "Einen Agenten {agent} gibt es hier nicht für dich. /agent zeigt, wen es gibt."
SAME_AGENT: Final = "Du redest schon mit {agent}."
AGENT_NOW: Final = "Du redest jetzt mit {agent}. Schreib einfach."
AGENT_AGAIN: Final = "Du redest wieder mit {agent}. Wir machen weiter mit: {title}"
MODEL: Final = "Hier antwortet {model}. Ein anderes steht nicht zur Wahl."
MODELS: Final = "Hier antwortet {model}. Du kannst ein anderes wählen:"
MODEL_NOW: Final = "Ab deiner nächsten Nachricht antwortet in diesem Gespräch {model}."
NO_SUCH_MODEL: Final = "{model} kann ich nicht nehmen. Zur Wahl stehen: {models}"
SWITCHED: Final[dict[bool, str]] = {True: "an", False: "aus"}
VERBOSE_NOW: Final = "Ab jetzt endet hier jede Antwort mit einer Zeile dazu, wie sie zustande kam."
BRIEF_NOW: Final = "Ab jetzt antworte ich einfach."
SETTINGS: Final = "{title}\nAgent: {agent}\nModell: {model}\nSagen, wie Antworten zustande kamen: {verbose}"
RENAME: Final = "Anderer Name"
CHANGE_AGENT: Final = "Anderer Agent"
CHANGE_MODEL: Final = "Anderes Modell"
CHANGE_VERBOSE: Final = "Sagen, wie Antworten zustande kamen: {other}"
YOU: Final = "Du"
USAGE: Final = "Was du mich gefragt hast, und die Token, die es brauchte, soweit sie gezählt sind:"
USAGE_LINE: Final = "{span}: {messages}, {tokens}"
QUOTA_LEFT: Final = "Von dem, was du an einem Tag brauchen darfst: {parts}. In {wait} beginnt er neu."
QUOTA_OF_MESSAGES: Final = "{used} von {most} Nachrichten"
QUOTA_OF_TOKENS: Final = "{used} von {most} Token"
QUOTA_OF_DOLLARS: Final = "{used:.2f} von {most:.2f} Dollar"
QUOTA_MESSAGES: Final = (
    "Du hast mir heute schon {most} Nachrichten geschickt, mehr sind für eine Person nicht vorgesehen. "
    "Schreib mir bitte in {wait} wieder."
)
QUOTA_ANSWERS: Final = (
    "Du hast verbraucht, was Antworten für eine Person an einem Tag brauchen dürfen. "
    "Schreib mir bitte in {wait} wieder."
)
TODAY: Final = "Heute (UTC)"
LAST_WEEK: Final = "Letzte 7 Tage"
IN_ALL: Final = "Insgesamt"
IN_PRIVATE: Final = "Das ist nur für dich. Frag mich bitte in einem privaten Chat."
EXPORT_CUT: Final = (
    "(Die ältesten Nachrichten fehlen hier. Wer diesen Bot betreibt, kann dir alle geben.)\n\n{text}"
)
FORGET_ASK: Final = (
    "Soll ich löschen, was über dich aufgehoben ist: {count} mit allem, was darin gesagt wurde? "
    "Das lässt sich nicht rückgängig machen. /forget everything tut es."
)
FORGET_YES: Final = "Alles löschen"
FORGET_NO: Final = "Behalten"
FORGET_BUSY: Final = (
    "Ich bin noch bei einer deiner Nachrichten. Sag bitte /stop all und dann noch einmal /forget."
)
NOT_FORGOTTEN: Final = "Es wurde nichts gelöscht."
FORGOTTEN: Final = "Gelöscht: {count}. Was du als Nächstes schreibst, fängt neu an."

LINK_CODE: Final = (
    "Sag mir das am anderen Ort, innerhalb von zehn Minuten:\n\n/link {code}\n\n"
    "Von da an führen wir an beiden Orten ein Gespräch. Zeig den Code sonst niemandem."
)
LINK_HAVE_CODE: Final = "Ich habe schon einen Code"
LINK_TAP: Final = "Bei {platform} genügt ein Tipp: {link}"
LINKED_WITH: Final = "Wir reden auch hier: {places}. /link off beendet das für diesen Chat."
LINK_ASK: Final = (
    "Sollen wir hier und mit {name} bei {platform} ein gemeinsames Gespräch führen? Was am einen Ort gesagt wird, "
    "ist dann am anderen zu lesen. Sag also nur ja, wenn beides du bist und du mich um den Code gebeten hast. "
    "/link {code} yes tut es."
)
LINK_YES: Final = "Beides bin ich"
LINK_NO: Final = "Nein"
LINK_SELF: Final = "Das ist dein eigener Code. Sag ihn mir am anderen Ort."
NO_SUCH_LINK: Final = (
    "Diesen Code kenne ich nicht. Vielleicht ist er älter als zehn Minuten; /link dort macht einen neuen."
)
LINKED: Final = "Wir machen hier weiter mit: {title}. Worüber wir hier vorher sprachen, steht in /sessions."
LINKED_THERE: Final = (
    "Wir führen jetzt hier und mit {name} bei {platform} ein Gespräch. Bist das nicht du: /link off"
)
NOT_LINKED: Final = "Dieser Chat steht schon für sich."
UNLINKED: Final = "Dieser Chat steht wieder für sich, und ein neues Gespräch beginnt."

OPERATORS_ONLY: Final = "Das darf nur sagen, wer diesen Bot betreibt."
NOBODY_WAITS: Final = "Niemand wartet auf Einlass."
WAITING_OUTSIDE: Final = (
    "Diese würden gern mit mir reden. /pair und der Code, den sie dir zeigen, lässt jemanden ein."
)
ONE_WAITING: Final = "{name} (Nummer bei {platform}: {user_id})"
LET_IN_BUTTON: Final = "{name} einlassen"
LET_IN: Final = "{name} (Nummer bei {platform}: {user_id}) darf ab jetzt mit mir reden."
NO_SUCH_CODE: Final = "Diesen Code kenne ich nicht. Vielleicht ist er älter als eine Stunde."
TOO_MANY_GUESSES: Final = "Zu viele falsche Codes. Versuch es bitte in zehn Minuten noch einmal."
WHICH_ID: Final = "Gib bitte die Nummer an, zum Beispiel /{command} 123456. /whoami zeigt sie."
NOT_YOURSELF: Final = "Das bist du selbst. Das muss jemand anders tun, der diesen Bot betreibt."
REALLY_REVOKE: Final = "Soll ich {user_id} ({platform}) aussperren?"
REVOKE_BUTTON: Final = "Aussperren"
KEEP_BUTTON: Final = "Nein"
REVOKED: Final = "{user_id} ({platform}) darf nicht mehr mit mir reden."
LEFT_AS_IT_IS: Final = "Ich habe es gelassen, wie es ist."
NEWS_PAIRING: Final = (
    "{name} (Nummer bei {platform}: {user_id}) würde gern mit mir reden. /pair zeigt, wer wartet."
)
HEALTHY: Final = "Alles ist gut."
NOT_HEALTHY: Final = "Etwas braucht einen Blick:"
HEALTH_PLATFORM: Final = "{name}: {state}"
HEALTH_QUEUE: Final = "Es warten: {waiting}, es laufen: {running}."

CHOOSE: Final = "Wähle …"
CHOICE_GONE: Final = "Das gibt es nicht mehr. Frag bitte noch einmal."
CHOICE_OVER: Final = "Das ist zu lange her. Frag bitte noch einmal."
CHOICE_MADE: Final = "Das ist schon entschieden: {label}"
CHOICE_NOT_YOURS: Final = "Hier darf nur wählen, wer gefragt hat."

WHOAMI: Final = "Deine Nummer bei {platform} ist {user_id}.\nSitzung {session}, mit {agent}."
SOMEBODY: Final = "du"
SOMEBODY_NEW: Final = "Jemand"
NO_SESSION_YET: Final = "noch keine"

GAVE_UP_ONCE: Final = "Bei dieser Nachricht wurde ich unterbrochen, darum versuche ich sie nicht noch einmal."
GAVE_UP: Final = (
    "Bei dieser Nachricht wurde ich {count}-mal unterbrochen, darum versuche ich sie nicht noch einmal."
)
WITH_REFERENCE: Final = "{text} (Kennung {reference})"
TOKENS: Final = "{taken_in} Token hinein, {given_out} heraus"
TOOK_TOO_LONG: Final = (
    "Das hat länger gedauert, als ich nachdenken darf, also habe ich aufgehört. Versuch es bitte noch einmal."
)
AGENT_GONE: Final = (
    "Den Agenten {agent} dieses Gesprächs gibt es nicht mehr. /new beginnt eines mit einem anderen."
)
WENT_WRONG: Final = "Bei mir ist etwas schiefgegangen, und es ist vermerkt. Versuch es bitte noch einmal."
STOPPED_AFTER: Final = "{text}\n\n(Hier habe ich aufgehört, wie du wolltest.)"
STOPPED_AT_ONCE: Final = "(Wie du wolltest, habe ich aufgehört, bevor ich etwas gesagt hatte.)"

STOPPING: Final = "Ich höre auf."
NOTHING_TO_STOP: Final = "Es läuft nichts, womit ich aufhören könnte."
STILL_WAITING: Final = "{count} weitere Nachrichten von dir warten; /stop all verwirft auch die."
ONE_STILL_WAITS: Final = "Eine weitere Nachricht von dir wartet; /stop all verwirft auch die."
STATUS_SESSION: Final = "Sitzung {session}, mit {agent}."
STATUS_RUNNING: Final = "Ich antworte gerade."
STATUS_WAITING: Final = "Es warten, bis sie dran sind: {count}."
STATUS_OWED: Final = "Beantwortet, aber noch nicht hier angekommen: {count}."
STATUS_QUIET: Final = "Es wartet nichts."
STATUS_FAILED: Final = (
    "Nicht beantwortet, das Letzte zuerst: {references}. "
    "Wer diesen Bot betreibt, kann es noch einmal versuchen."
)
STATUS_EXPIRED: Final = (
    "Beantwortet, aber ich konnte dich nicht rechtzeitig erreichen, das Letzte zuerst: {questions}."
)
NO_MESSAGES_YET: Final = "Wir haben noch nicht geredet, also wartet nichts."
DROPPED: Final = "Verworfene Nachrichten, die warteten: {count}."
DROPPED_ONE: Final = "(Verworfen, wie du wolltest.)"

NEWS_DEAD_LETTER: Final = (
    "Eine Nachricht von {platform}:{speaker} konnte ich nicht beantworten ({reason}). "
    "`picklebot messages show {reference}` sagt mehr, und `redrive` versucht sie noch einmal."
)
NEWS_PARKED: Final = "Auf {platform} höre ich nicht mehr: {reason}"
NEWS_KEY: Final = (
    "Das Modell von {agent} antwortet nicht: {reason}. Nach Schlüssel oder Konto muss jemand sehen."
)
KEY_REASONS: Final[dict[str, str]] = {
    "key_refused": "der Anbieter hat den Schlüssel abgelehnt",
    "quota": "das Konto beim Anbieter ist aufgebraucht",
}
NEWS_MORE: Final = "{text}\n(Das ist das Letzte von {count} solchen Dingen.)"

FAULTS: Final[dict[str, str]] = {
    "rate_limited": "Das Modell ist gerade beschäftigt. Versuch es bitte in einer Minute noch einmal.",
    "quota": "Das Konto beim Anbieter des Modells ist aufgebraucht. Sag es bitte dem Betreiber.",
    "provider_down": "Der Anbieter des Modells hat gerade ein Problem. Versuch es bitte bald noch einmal.",
    "unreachable": "Ich erreiche mein Modell gerade nicht. Versuch es bitte bald noch einmal.",
    "key_refused": "Der Anbieter des Modells nimmt meinen Schlüssel nicht an. Sag es bitte dem Betreiber.",
    "unknown_model": "Mein eingestelltes Modell gibt es nicht. Sag es bitte dem Betreiber.",
    "too_long": "Dieses Gespräch ist zu lang für mein Modell. Schick weniger Text, oder /new beginnt neu.",
    "rejected": "Der Anbieter des Modells hat diese Nachricht nicht angenommen. Sag es bitte anders.",
    "filtered": "Das Modell wollte darauf nicht antworten. Sag es bitte anders.",
    "no_room": "Das Modell hat seinen Platz verbraucht, bevor es antworten konnte. Frag bitte weniger auf einmal.",
    "step_limit": "Dafür hätte ich mehr Schritte gebraucht, als ich darf. Frag bitte weniger auf einmal.",
    "timeout": "Das Modell hat zu lange gebraucht. Versuch es bitte noch einmal.",
    "cut_off": "Die Antwort ist unterwegs abgerissen. Versuch es bitte noch einmal.",
    "garbled": "Die Antwort des Modells war nicht zu lesen. Versuch es bitte noch einmal.",
    "confused": "Das Modell hat den Faden verloren. Versuch es bitte noch einmal.",
    "misconfigured": "Mein Modell ist nicht richtig eingerichtet. Sag es bitte dem Betreiber.",
    "unknown_provider": "Mein Modell ist nicht eingerichtet: sein Name ist mir fremd. Sag es bitte dem Betreiber.",
    "bad_address": "Mein Modell ist nicht eingerichtet: seine Adresse stimmt nicht. Sag es bitte dem Betreiber.",
    "no_key": "Mein Modell ist noch nicht eingerichtet: sein Schlüssel fehlt. Sag es bitte dem Betreiber.",
}
