/** The engine: the project's Python in Pyodide, away from the page, which stays alive whatever is computed here. */

import { loadPyodide } from "../pyodide/pyodide.mjs";

const fetched = async (/** @type {string} */ name) => {
  const answer = await fetch(new URL(name, import.meta.url));
  if (!answer.ok) throw new Error(`${name} is missing on the server (${answer.status})`);
  return answer.arrayBuffer();
};

try {
  const [python, engine, bridge] = await Promise.all([
    loadPyodide({ indexURL: new URL("../pyodide/", import.meta.url).href }),
    fetched("engine.zip"),
    fetched("bridge.py"),
  ]);
  python.unpackArchive(engine, "zip");
  python.FS.writeFile("bridge.py", new Uint8Array(bridge));
  const { answer } = python.pyimport("bridge");
  addEventListener("message", ({ data: { id, question } }) => {
    try {
      postMessage({ id, text: answer(question) });
    } catch (error) {
      postMessage({ id, failed: `${error}` });
    }
  });
  postMessage({ ready: true });
} catch (error) {
  postMessage({ failed: `${error}` });
}
