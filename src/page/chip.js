// A port as the map shows it: its number, a sign and a colour for its state, a notch for its findings.

import { el } from "./dom.js";
import { runs } from "./digits.js";
import { STATES, state_of } from "./rows.js";

/// `plan` is the zone's part of /v1/map with `warned`, the rules of its warnings and errors.
export function chip(row, plan, label) {
  const element = document.createElement("span");
  element.className = is_flagged(row, plan) ? "port flagged" : "port";
  element.dataset.state = state_of(row);
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", chip_words(row));
  if (row.registration !== undefined) element.dataset.registered = "";
  if (label) {
    element.append(label);
    return element;
  }
  for (const run of row.application ? runs(row.port, plan) : [{ field: "", text: String(row.port) }]) {
    if (run.field !== "instance") element.append(run.text);
    else element.append(el("b", {}, run.text));
  }
  return element;
}

/// What a chip shows, in words: "instance 4, 40805 at jb1, passing".
export function chip_words(row) {
  const instance = row.instance ? `instance ${row.instance}, ` : "";
  const host = row.host ? ` at ${row.host}` : "";
  return `${instance}${row.port}${host}, ${STATES[state_of(row)]}`;
}

/// A multicast port is one port, however many instances listen there.
export function distinct(rows) {
  const seen = new Set();
  return rows.filter((row) => {
    const key = `${row.port} ${row.host} ${row.registration ?? ""}`;
    return !seen.has(key) && seen.add(key);
  });
}

/// Whether a warning or an error is about this port. What is placed nowhere collides with nothing yet.
export const is_flagged = (row, plan) =>
  state_of(row) !== "unplaced" && Boolean(row.findings?.some((rule) => plan.warned.has(rule)));
