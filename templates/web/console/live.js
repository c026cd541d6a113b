// Keeps the figures of Today fresh while the page is open; without it they are as they were.
const figures = document.getElementById("figures");
if (figures && window.EventSource) {
  const stream = new EventSource(figures.dataset.stream);
  stream.onmessage = (event) => { figures.innerHTML = JSON.parse(event.data); };
}
