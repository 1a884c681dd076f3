// What follows a slash command: "name:value name:value", or all of it for the first option.

// The options of a command as they were typed; `meant(option, text)` may know a better value for a text.
export function optionsOf(command, rest, meant) {
  const offered = command.options ?? [];
  if (!rest || !offered.length) return {};
  return Object.fromEntries(marked(offered, rest).map(({ option, begin, end }) => {
    const text = rest.slice(begin, end).trim();
    return [option.name, meant(option, text) ?? typed(option, text)];
  }));
}

// {option, before, typed} of what is being typed at the end, null where nothing is.
export function focusOf(command, rest) {
  const last = marked(command.options ?? [], rest).at(-1);
  return last ? { option: last.option, before: rest.slice(0, last.begin), typed: rest.slice(last.begin).trimStart() } : null;
}

function marked(offered, rest) {
  const named = (name) => offered.find((each) => each.name === name || each.label === name);
  const marks = [...rest.matchAll(/(?:^|\s)([-\w\p{L}]+):/gu)].filter(([, name]) => named(name));
  if (!marks.length) return offered.length ? [{ option: offered[0], begin: 0, end: rest.length }] : [];
  return marks.map((mark, index) => ({ option: named(mark[1]), begin: mark.index + mark[0].length, end: marks[index + 1]?.index ?? rest.length }));
}

function typed(option, value) {
  if (option.type === 4 || option.type === 10) return Number(value);
  return option.type === 5 ? /^(true|yes|on|1)$/i.test(value) || value === option.name || value === option.label : value;
}

// A command or an option in the language of somebody's app, as Discord shows it.
export function localised(each, locale) {
  const say = (field) => each[`${field}_localizations`]?.[locale] ?? each[`${field}_localizations`]?.[locale.split("-")[0]] ?? each[field];
  const options = (each.options ?? []).map((option) => localised(option, locale));
  return { ...each, label: say("name"), description: say("description") ?? "", options };
}
