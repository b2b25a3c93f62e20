// The two ends of a scale: tapped, dragged or moved by key. Without this script, people enter percentages.
"use strict";

const marked = document.querySelector(".marked");
const ends = [...marked.querySelectorAll(".end")];
const fields = ["1", "2"].map((end) => ["x", "y"].map((axis) => document.getElementById(`id_${axis}${end}`)));
const line = marked.querySelector("line");
const announcement = document.querySelector("[role=status]");
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
let held = null;
let taps = 0;

document.getElementById("ends").hidden = true;
document.getElementById("how").hidden = false;

const place = (end) => fields[end].map((field) => Number(field.value));

function draw() {
  ends.forEach((button, end) => {
    const [x, y] = place(end);
    button.style.left = `${x}%`;
    button.style.top = `${y}%`;
    line.setAttribute(`x${end + 1}`, x);
    line.setAttribute(`y${end + 1}`, y);
  });
}

function put(end, x, y) {
  [x, y].forEach((value, axis) => {
    fields[end][axis].value = Math.min(100, Math.max(0, value)).toFixed(1);
  });
  draw();
  const [across, down] = place(end).map(Math.round);
  announcement.textContent = ends[end].dataset.text.replace("{across}", across).replace("{down}", down);
}

function positionOf(event) {
  const box = marked.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * 100, ((event.clientY - box.top) / box.height) * 100];
}

// The first two taps place the two ends; later ones move the nearer end.
function endFor([x, y]) {
  if (taps < 2) return taps++;
  const [first, other] = [0, 1].map((end) => Math.hypot(place(end)[0] - x, place(end)[1] - y));
  return first <= other ? 0 : 1;
}

marked.addEventListener("pointerdown", (event) => {
  const pressed = ends.indexOf(event.target);
  held = pressed < 0 ? endFor(positionOf(event)) : pressed;
  marked.setPointerCapture(event.pointerId);
  if (pressed < 0) put(held, ...positionOf(event));
  ends[held].focus();
  event.preventDefault();
});
marked.addEventListener("pointermove", (event) => {
  if (held !== null) put(held, ...positionOf(event));
});
for (const type of ["pointerup", "pointercancel"]) marked.addEventListener(type, () => (held = null));

ends.forEach((button, end) => {
  button.addEventListener("keydown", (event) => {
    const direction = KEYS[event.key];
    if (!direction) return;
    event.preventDefault();
    const step = event.shiftKey ? 5 : 0.2;
    const [x, y] = place(end);
    put(end, x + direction[0] * step, y + direction[1] * step);
  });
});

// Both ends begin inside the photo, so that people without a pointer can move them by key.
fields.flat().forEach((field, number) => (field.value ||= [30, 50, 70, 50][number]));
for (const button of ends) button.hidden = false;
draw();
