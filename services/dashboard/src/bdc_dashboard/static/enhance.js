// Progressive enhancement only: every page works without it.
"use strict";

// "/" puts the cursor into the search field, as on many sites.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = document.querySelector("[data-quick-search]");
  if (field) {
    event.preventDefault();
    field.focus();
  }
});

// One key decides: whatever shows a key is pressed by it.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key.toLowerCase());
  if (target) {
    event.preventDefault();
    target.click();
  }
});

// The column under the pointer is read out at once; the browser's own tooltip comes late.
for (const chart of document.querySelectorAll("figure.chart")) {
  const columns = chart.querySelectorAll(".column");
  if (!columns.length) continue;
  const readout = document.createElement("p");
  readout.className = "readout";
  readout.setAttribute("aria-hidden", "true");
  chart.querySelector("figcaption").append(readout);
  for (const column of columns) {
    const title = column.querySelector("title");
    const text = title.textContent;
    title.remove();
    column.addEventListener("pointerenter", () => { readout.textContent = text; });
    column.addEventListener("pointerleave", () => { readout.textContent = ""; });
  }
}

// Moments also say what they are in the reader's own time zone.
for (const moment of document.querySelectorAll("time[title]")) {
  const local = new Date(moment.dateTime);
  if (!Number.isNaN(local.getTime())) moment.title += "\n" + local.toLocaleString();
}
