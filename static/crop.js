// A frame over a photo: dragged, pinched, or moved by key. Without this script the page asks for a new photo.
"use strict";

const box = document.querySelector(".cropped");
const frame = box.querySelector(".frame");
const fields = Object.fromEntries(["left", "top", "width", "height"].map((name) => [name, document.getElementById(`id_${name}`)]));
const told = document.querySelector("#framed");
const pointers = new Map();
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LEAST = Number(box.dataset.least);
// The photo's size, from the attributes: the browser may not have loaded the photo yet.
const [wide, high] = ["width", "height"].map((name) => Number(box.querySelector("img").getAttribute(name)));
let side = 60; // of the frame, in per cent of the photo's shorter side
let centre = [50, 50];

// The frame is a square of pixels, so that a spot in it keeps its shape.
function shares() {
  const shorter = Math.min(wide, high);
  return [(side * shorter) / wide, (side * shorter) / high];
}

const within = (value, least, most) => Math.min(most, Math.max(least, value));

function draw() {
  side = within(side, LEAST, 100);
  const [width, height] = shares();
  centre = [within(centre[0], width / 2, 100 - width / 2), within(centre[1], height / 2, 100 - height / 2)];
  const [left, top] = [centre[0] - width / 2, centre[1] - height / 2];
  for (const [name, value] of Object.entries({ left, top, width, height })) {
    fields[name].value = value.toFixed(2);
    frame.style[name] = `${value}%`;
  }
}

function say() {
  const [across, down] = centre.map(Math.round);
  const values = { side: Math.round(side), across, down };
  told.textContent = told.dataset.text.replace(/{(\w+)}/g, (_, name) => values[name]);
}

function at(event) {
  const { left, top, width, height } = box.getBoundingClientRect();
  return [((event.clientX - left) / width) * 100, ((event.clientY - top) / height) * 100];
}

function apart() {
  const [one, other] = [...pointers.values()];
  return Math.hypot(one[0] - other[0], one[1] - other[1]);
}

box.addEventListener("pointerdown", (event) => {
  const place = at(event);
  // A tap beside the frame moves the frame there, to choose one of several spots.
  if (!pointers.size && !frame.contains(event.target)) centre = place;
  pointers.set(event.pointerId, place);
  box.setPointerCapture(event.pointerId);
  draw();
  frame.focus({ preventScroll: true });
  event.preventDefault();
});

box.addEventListener("pointermove", (event) => {
  if (!pointers.has(event.pointerId)) return;
  const before = pointers.size === 2 ? apart() : 0;
  const [x, y] = pointers.get(event.pointerId);
  const place = at(event);
  pointers.set(event.pointerId, place);
  if (before) side *= apart() / before;
  else centre = [centre[0] + place[0] - x, centre[1] + place[1] - y];
  draw();
});

for (const over of ["pointerup", "pointercancel"]) {
  box.addEventListener(over, (event) => {
    pointers.delete(event.pointerId);
    say();
  });
}

function resize(step) {
  side += step;
  draw();
  say();
}

frame.addEventListener("keydown", (event) => {
  const way = KEYS[event.key];
  const step = event.shiftKey ? 5 : 1;
  if (way) centre = [centre[0] + way[0] * step, centre[1] + way[1] * step];
  else if ("+=".includes(event.key)) side += step * 2;
  else if ("-_".includes(event.key)) side -= step * 2;
  else return;
  event.preventDefault();
  draw();
  say();
});

document.getElementById("smaller").addEventListener("click", () => resize(-8));
document.getElementById("larger").addEventListener("click", () => resize(8));
box.addEventListener("wheel", (event) => {
  event.preventDefault();
  resize(event.deltaY > 0 ? -4 : 4);
}, { passive: false });

for (const hidden of document.querySelectorAll(".scripted")) hidden.hidden = false;
draw();
say();
