// Keeps the figures of Today fresh while the page is open; without it they are as they were.
const figures = document.getElementById("figures");
const FIELDS = "input:not([type=hidden])";
let next = null; // what is to be put in once nobody fills in a form here
let came = 0;

function isUsed() {
  const form = figures.contains(document.activeElement) && document.activeElement.closest("form");
  if (form && form.querySelector(FIELDS)) return true;
  return [...figures.querySelectorAll(FIELDS)].some((each) => each.type === "checkbox" ? each.checked : each.value);
}

function put() {
  if (next === null || isUsed()) return;
  const open = [...figures.querySelectorAll("details[open]")].map((each) => each.id);
  const places = () => [...figures.querySelectorAll("a, button, summary, [tabindex]")];
  const place = places().indexOf(document.activeElement);
  figures.innerHTML = next;
  next = null;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (place >= 0) places()[place]?.focus();
}

if (figures && window.EventSource) {
  const stream = new EventSource(figures.dataset.stream);
  stream.onmessage = (event) => {
    next = JSON.parse(event.data);
    came += 1;
    if (came > 1) document.getElementById("done").hidden = true; // it was said of what was before
    put();
  };
  figures.addEventListener("focusout", () => setTimeout(put, 1000)); // after the click that took it
}
