// A worker that is started again where it has failed, and where an edit finds that it has owed an answer for too long.
import { started } from "./started.mjs";

export const PATIENCE = 30_000; // milliseconds

// Starts one, and returns how to ask it. Its messages go to `heard`, why it stopped to `failed`. It says { ready } when it is loaded,
// { number, done } with the last part of the answer to the question with this number, and { stopped } after an error of its own.
export function patient(name, heard, failed) {
  let worker = null;
  let ready = false;
  let silent = 0; // since when it owes an answer
  let last = 0; // number of the last question

  function stop() {
    worker.terminate();
    worker = null;
    ready = false;
    silent = 0;
  }

  function start() {
    const made = (worker = started(name));
    const stopped = (why) => (stop(), failed(why));
    made.onerror = (event) => worker === made && stopped(event.message || "it could not be loaded");
    made.onmessage = ({ data }) => {
      if (worker !== made) return;
      if (data.stopped !== undefined) return stopped(data.stopped);
      if (data.ready) ready = true;
      if (silent) silent = data.done && data.number === last ? 0 : performance.now();
      heard(data);
    };
  }

  start();
  return (question) => {
    const now = performance.now();
    if (worker && ready && silent && now - silent > PATIENCE) stop();
    if (!worker) start();
    silent ||= now;
    last = question.number;
    worker.postMessage(question);
  };
}
