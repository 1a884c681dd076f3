// The line on which answers come. It comes back by itself; the browser's own way of doing that gives up after
// an error status.

const NAMES = ["start", "delta", "tool", "final", "failed"];
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 4000;

export class Stream {
  // `prepare` resolves to whether it makes sense to open the line; `onOpen` is called each time it is open.
  constructor({ prepare, onOpen, onEvent, onLost }) {
    Object.assign(this, { prepare, onOpen, onEvent, onLost });
  }

  async run() {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      if ((await this.prepare()) && (await this.#listen())) pause = FIRST_PAUSE;
      this.onLost();
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  // Resolves when the line is lost, to whether it was ever open.
  #listen() {
    return new Promise((resolve) => {
      const source = new EventSource("/web/events");
      let opened = false;
      source.addEventListener("hello", () => {
        opened = true;
        this.onOpen();
      });
      for (const name of NAMES) source.addEventListener(name, (event) => this.onEvent(name, JSON.parse(event.data)));
      source.onerror = () => {
        source.close();
        resolve(opened);
      };
    });
  }
}
