// A control API's events as they come. The line comes back by itself; `onOpen` is called each time it is open, to
// look at the whole state again, so that nothing is missing.

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 4000;

// `url` resolves to where the events are.
export async function follow(url, { onOpen, onEvent, onLost }) {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const where = await url().catch(() => null);
    if (where && (await listen(where, onOpen, onEvent))) pause = FIRST_PAUSE;
    onLost();
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

// Resolves when the line is lost, to whether it was ever open.
function listen(url, onOpen, onEvent) {
  return new Promise((resolve) => {
    const source = new EventSource(url);
    let opened = false;
    const lose = () => {
      source.close();
      resolve(opened);
    };
    source.onopen = () => {
      opened = true;
      onOpen().catch(lose);
    };
    source.onmessage = (message) => onEvent(JSON.parse(message.data));
    source.onerror = lose;
  });
}
