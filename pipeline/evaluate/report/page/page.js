"use strict";
const list = document.getElementById("articles");
const form = document.getElementById("filters");
const articles = Array.from(list.children, (node) => ({
  node,
  tags: node.dataset.tags.split(" "),
  labels: JSON.parse(node.dataset.labels),
  text: null,
}));

function words(article) {
  // Lower-cased once, at the first search.
  article.text ??= `${article.node.dataset.id}\n${article.node.textContent}`.toLowerCase();
  return article.text;
}

function filter() {
  const given = new FormData(form);
  const search = given.get("search").trim().toLowerCase();
  const label = given.get("label");
  const tags = given.getAll("tag");
  let shown = 0;
  for (const article of articles) {
    const fits =
      tags.every((tag) => article.tags.includes(tag)) &&
      (!label || article.labels.includes(label)) &&
      (!search || words(article).includes(search));
    article.node.hidden = !fits;
    shown += fits;
  }
  document.getElementById("count").value = `${shown} of ${articles.length} shown`;
  document.getElementById("nothing").hidden = shown > 0;
}

function order() {
  const by = new FormData(form).get("order");
  const number = (node, name) => Number(node.dataset[name] ?? Infinity);
  const compare = {
    rank: (a, b) => number(a, "rank") - number(b, "rank"),
    "-rank": (a, b) => number(b, "rank") - number(a, "rank"),
    support: (a, b) => number(a, "support") - number(b, "support") || 0,
    rouge: (a, b) => number(a, "rouge") - number(b, "rouge") || 0,
    id: (a, b) => a.dataset.id.localeCompare(b.dataset.id, undefined, { numeric: true }),
  }[by];
  list.append(...articles.map((article) => article.node).sort(compare));
}

form.hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", (event) => (event.target.name === "order" ? order() : filter()));
document.getElementById("clear").addEventListener("click", () => {
  form.reset();
  order();
  filter();
});
// A page that is loaded anew may come back with the form as it was left.
order();
filter();

// A summary sentence's link lights what it leads to.
for (const kind of ["mouseover", "mouseout", "focusin", "focusout"]) {
  list.addEventListener(kind, (event) => {
    const link = event.target.closest(".claims a");
    const source = link && document.getElementById(link.hash.slice(1));
    source?.classList.toggle("lit", kind === "mouseover" || kind === "focusin");
  });
}

// What Vega says of a mark for screen readers, as a tip for everybody.
for (const mark of document.querySelectorAll(".chart path[aria-label][aria-roledescription]")) {
  const tip = document.createElementNS("http://www.w3.org/2000/svg", "title");
  tip.textContent = mark.getAttribute("aria-label");
  mark.append(tip);
}
