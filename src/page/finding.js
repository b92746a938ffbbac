// One finding.

import { el } from "./dom.js";

/// A finding as an item of a list, in the details and in the list of all.
export function finding_item(finding, more = []) {
  return el(
    "li",
    { "data-severity": finding.severity },
    el(
      "p",
      { class: "what" },
      el("span", { class: "severity" }, finding.severity),
      el("code", { class: "rule" }, finding.rule),
    ),
    el("p", {}, finding.message),
    finding.cure ? el("p", { class: "cure" }, finding.cure) : null,
    more,
  );
}
