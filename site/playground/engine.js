/**
 * Asks the engine in the worker: one question at a time, in order. A worker that fails or takes too long is ended and
 * a fresh one takes its place.
 */

const PATIENCE = 15_000; // milliseconds for one answer

/** @param {(what: { ready?: boolean, failed?: string }) => void} said how the engine is */
export function createEngine(said) {
  // From a blob, because such a worker is bound by the security policy of the page, on any server.
  const program = `import(${JSON.stringify(new URL("worker.js", import.meta.url).href)})`;
  const address = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  /** @type {{ id: number, question: string, done: (answer: any) => void }[]} */
  const waiting = [];
  let worker = /** @type {Worker | null} */ (null);
  let ready = false;
  let asked = 0;
  let timer = 0;

  function start() {
    ready = false;
    worker = new Worker(address, { type: "module" });
    worker.onmessage = ({ data }) => (data.ready ? begin() : hear(data));
    worker.onerror = (event) => hear({ failed: event.message || "it could not be loaded" });
  }

  function begin() {
    ready = true;
    said({ ready });
    send();
  }

  function send() {
    if (!ready || !waiting.length) return;
    const [{ id, question }] = waiting;
    timer = setTimeout(() => hear({ id, failed: `no answer within ${PATIENCE / 1000} seconds` }), PATIENCE);
    worker?.postMessage({ id, question });
  }

  /** @param {{ id?: number, text?: string, failed?: string }} heard */
  function hear({ id, text, failed }) {
    clearTimeout(timer);
    if (failed !== undefined) {
      worker?.terminate();
      if (!ready) return said({ failed }); // what fails before it is ready would fail again
      const lost = waiting.shift();
      said({ ready: false });
      start();
      lost?.done({ refused: "the engine could not bear this and was started anew" });
    } else if (text !== undefined && waiting[0]?.id === id) {
      const { done } = /** @type {any} */ (waiting.shift());
      send();
      done(JSON.parse(text));
    }
  }

  start();
  return {
    /** @returns {Promise<any>} the answer, which has `refused` if there is none */
    ask(/** @type {string} */ about, /** @type {object} */ facts = {}) {
      return new Promise((done) => {
        waiting.push({ id: ++asked, question: JSON.stringify({ about, ...facts }), done });
        if (waiting.length === 1) send();
      });
    },
  };
}

/**
 * A function that runs one at a time and, of the calls that come meanwhile, only the last.
 * @param {() => Promise<void>} run
 */
export function latest(run) {
  let busy = false;
  let again = false;
  return async function call() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    do {
      again = false;
      await run();
    } while (again);
    busy = false;
  };
}
