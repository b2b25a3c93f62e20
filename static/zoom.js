// Photos that zoom and move together, and wipe one over the other. Without it they are still shown.
"use strict";

const root = document.querySelector(".zoomable");
const panes = [...root.querySelectorAll(".pane")];
const pictures = panes.map((pane) => pane.querySelector("img"));
const wipe = root.querySelector("[type=range]");
const view = { scale: 1, x: 0, y: 0 }; // x and y in shares of a pane
const STEP = 0.05;
const KEYS = {
  ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP],
};

for (const tools of root.querySelectorAll(".tools")) tools.hidden = false;
root.dataset.mode = "side";

function draw() {
  // Never so far that the photo leaves its frame.
  const slack = (view.scale - 1) / 2;
  view.x = Math.min(slack, Math.max(-slack, view.x));
  view.y = Math.min(slack, Math.max(-slack, view.y));
  for (const picture of pictures) {
    picture.style.transform = `translate(${view.x * 100}%, ${view.y * 100}%) scale(${view.scale})`;
  }
  if (!wipe) return;
  const isWiped = root.dataset.mode === "wipe";
  panes[1].style.clipPath = isWiped ? `inset(0 0 0 ${wipe.value}%)` : "";
}

function zoom(factor) {
  view.scale = factor ? Math.min(8, Math.max(1, view.scale * factor)) : 1;
  draw();
}

function move(x, y) {
  view.x += x;
  view.y += y;
  draw();
}

for (const button of root.querySelectorAll("[data-zoom]")) {
  button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
}
for (const radio of root.querySelectorAll("[name=mode]")) {
  radio.addEventListener("change", () => {
    root.dataset.mode = radio.value;
    draw();
  });
}
wipe?.addEventListener("input", draw);

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in KEYS) move(...KEYS[event.key]);
  else if (event.key === "+" || event.key === "=") zoom(1.25);
  else if (event.key === "-") zoom(0.8);
  else if (event.key === "0") zoom(0);
  else return;
  event.preventDefault();
}

for (const pane of panes) {
  pane.addEventListener("keydown", press);
  pane.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1);
  }, { passive: false });
  pane.addEventListener("pointerdown", (event) => pane.setPointerCapture(event.pointerId));
  pane.addEventListener("pointermove", (event) => {
    if (pane.hasPointerCapture(event.pointerId)) {
      move(event.movementX / pane.clientWidth, event.movementY / pane.clientHeight);
    }
  });
}
