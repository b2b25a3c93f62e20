// Zooms and moves photos together, and wipes one over the other. Without this script, photos are still shown.
"use strict";

const root = document.querySelector(".zoomable");
const panes = [...root.querySelectorAll(".pane")];
const pictures = panes.map((pane) => pane.querySelector("img, svg"));
const wipe = root.querySelector("[type=range]");
const other = root.querySelector("[data-blink]");
const back = document.getElementById("back");
const view = { scale: 1, x: 0, y: 0 }; // x and y as fractions of a pane's size
const STEP = 0.05;
const KEYS = {
  ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP],
};

// On a page with nothing but a photo, the photo takes the keyboard focus at once.
if (root.matches(".closer") && matchMedia("(pointer: fine)").matches) panes[0].focus();
for (const tools of root.querySelectorAll(".tools")) tools.hidden = false;
root.dataset.mode = "side";

function draw() {
  // The photo's element always covers its pane.
  const slack = (view.scale - 1) / 2;
  view.x = Math.min(slack, Math.max(-slack, view.x));
  view.y = Math.min(slack, Math.max(-slack, view.y));
  for (const picture of pictures) {
    picture.style.transform = `translate(${view.x * 100}%, ${view.y * 100}%) scale(${view.scale})`;
  }
  if (!wipe) return;
  root.querySelectorAll("figure").forEach((figure) => figure.classList.remove("away"));
  const isWiped = root.dataset.mode === "wipe";
  panes[1].style.clipPath = isWiped ? `inset(0 0 0 ${wipe.value}%)` : "";
}

// Loads the full-size photo when somebody zooms in.
function sharpen() {
  for (const picture of pictures) {
    const { whole } = picture.dataset;
    if (!whole) continue;
    delete picture.dataset.whole;
    picture.src = whole;
  }
}

// Zooms about a point, which stays in place. It is measured from the pane's middle, as fractions of the pane's size.
function zoom(factor, [x, y] = [0, 0]) {
  const scale = factor ? Math.min(8, Math.max(1, view.scale * factor)) : 1;
  view.x = x - (x - view.x) * (scale / view.scale);
  view.y = y - (y - view.y) * (scale / view.scale);
  view.scale = scale;
  root.toggleAttribute("data-zoomed", scale > 1);
  if (scale > 1) sharpen();
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
    // The radio buttons are below the photos, so the photos may be out of view.
    panes[0].scrollIntoView({ block: "nearest" });
  });
}
wipe?.addEventListener("input", draw);

function blink() {
  if (root.dataset.mode !== "blink") return;
  panes[1].closest("figure").classList.toggle("away");
}

other?.addEventListener("click", blink);
// Blinks automatically, unless the person prefers reduced motion.
if (other && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
  setInterval(() => other.matches(":hover, :focus") || blink(), 900);
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in KEYS) move(...KEYS[event.key]);
  else if (event.key === "+" || event.key === "=") zoom(1.25);
  else if (event.key === "-") zoom(0.8);
  else if (event.key === "0") zoom(0);
  else if (event.key === "Escape" && back) back.click();
  else return;
  event.preventDefault();
}

// The distance between two fingers, or a constant for a single finger.
function spread(fingers) {
  const [one, other = one] = fingers.values();
  return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
}

// The position of the pointer, measured from the pane's middle, as fractions of the pane's size.
function pointed(pane, event) {
  const box = pane.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width - 0.5, (event.clientY - box.top) / box.height - 0.5];
}

for (const pane of panes) {
  const fingers = new Map();
  // Two fingers zoom, also where a single finger scrolls the page.
  pane.addEventListener("touchmove", (event) => {
    if (event.touches.length > 1) event.preventDefault();
  }, { passive: false });
  pane.addEventListener("keydown", press);
  pane.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1, pointed(pane, event));
  }, { passive: false });
  pane.addEventListener("dblclick", (event) => zoom(view.scale > 1 ? 0 : 3, pointed(pane, event)));
  pane.addEventListener("pointerdown", (event) => {
    pane.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event);
  });
  pane.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const before = spread(fingers);
    fingers.set(event.pointerId, event);
    // With two fingers, each finger moves the photo by half as far as the finger itself has moved.
    const [x, y] = [event.clientX - last.clientX, event.clientY - last.clientY];
    move(x / pane.clientWidth / fingers.size, y / pane.clientHeight / fingers.size);
    zoom(spread(fingers) / before);
  });
  pane.addEventListener("lostpointercapture", (event) => fingers.delete(event.pointerId));
}
