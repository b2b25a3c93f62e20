// Polls until the results or figures that a page waits for are ready. Then htmx fetches them. Without
// this script the page reloads itself.
"use strict";

const SOON_MS = 200;
// The wait after a request that failed, or whose token had expired.
const LATER_MS = 2000;
const asking = new WeakSet();

let isPressed = false;
addEventListener("pointerdown", ({ button }) => (isPressed = button === 0));
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => (isPressed = false));

const askAfter = (element, milliseconds) => setTimeout(() => ask(element), milliseconds);

async function ask(element) {
  if (!element.isConnected) return;
  // A hidden page polls again when it is shown.
  if (document.hidden) {
    document.addEventListener("visibilitychange", () => ask(element), { once: true });
    return;
  }
  const answer = await fetch(element.dataset.waiting, { credentials: "omit" }).catch(() => null);
  if (answer?.status === 200) htmx.trigger(element, "finished");
  else if (answer?.status === 204) askAfter(element, answer.headers.get("Ask-Again-Ms"));
  else if (answer?.status === 404) setTimeout(() => htmx.trigger(element, "finished"), LATER_MS);
  else askAfter(element, LATER_MS);
}

htmx.onLoad((loaded) => {
  for (const element of [loaded, ...loaded.querySelectorAll("[data-waiting]")]) {
    if (!element.dataset.waiting || asking.has(element)) continue;
    asking.add(element);
    // A click is lost if its element is replaced between press and release. So the result waits.
    element.addEventListener("htmx:beforeSwap", (event) => isPressed && event.preventDefault());
    // If htmx has not shown the result, poll again.
    element.addEventListener("htmx:afterRequest", ({ detail }) => {
      if (!detail.successful) askAfter(element, LATER_MS);
    });
    askAfter(element, SOON_MS);
  }
});
