// Tables sort by the column whose heading is chosen; without this script they just lie there.
"use strict";

const words = new Intl.Collator("en", { numeric: true });

const number = (text) => Number(text.replaceAll(",", "").replace("inf", "Infinity"));

function less(a, b, isNumber) {
  if (a === "" || b === "") return (a === "") - (b === ""); // what is missing comes last
  return isNumber ? number(a) - number(b) : words.compare(a, b);
}

function sortBy(table, column) {
  const heads = [...table.tHead.rows[0].cells];
  const isAscending = heads[column].getAttribute("aria-sort") !== "ascending";
  const isNumber = heads[column].classList.contains("n");
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[column].setAttribute("aria-sort", isAscending ? "ascending" : "descending");
  const text = (row) => row.cells[column].textContent.trim();
  const rows = [...table.tBodies[0].rows].map((row) => [text(row), row]);
  rows.sort(([a], [b]) => {
    const isMissing = a === "" || b === "";
    return less(a, b, isNumber) * (isAscending || isMissing ? 1 : -1);
  });
  table.tBodies[0].append(...rows.map(([, row]) => row));
}

for (const table of document.querySelectorAll("table.sorts")) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sortBy(table, column));
    head.append(button);
  });
}
for (const hint of document.querySelectorAll(".hint")) hint.hidden = false;
