// What `portolan check` says of the plan, with a filter.

import { finding_item } from "./finding.js";
import { el, fill, plural, say } from "./dom.js";
import { address } from "./place.js";

const SEVERITIES = ["error", "warning", "note"];
const PORTS = 24; // shown of a finding at first

export function show_findings(root, plan, rows) {
  const chosen = new Set(SEVERITIES);
  const count = (severity) => plan.findings.filter((finding) => finding.severity === severity).length;
  const words = el("input", {
    type: "search",
    id: "finding-words",
    placeholder: "Words, a rule, a port",
    autocomplete: "off",
  });
  const list = el("ul", { class: "findings all" });
  const shown = el("p", { class: "quiet", "aria-live": "polite" });

  const show = () => {
    const parts = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = plan.findings.filter((finding) => {
      const text =
        `${finding.rule} ${finding.message} ${finding.cure} ${finding.place} ${finding.ports.join(" ")}`.toLowerCase();
      return chosen.has(finding.severity) && parts.every((part) => text.includes(part));
    });
    fill(
      list,
      found.map((finding) =>
        finding_item(finding, [
          finding.place ? el("p", { class: "where" }, el("code", {}, finding.place)) : "",
          ports_of(finding, rows),
        ]),
      ),
    );
    shown.textContent =
      found.length === plan.findings.length ? "" : `${found.length} of ${plural(plan.findings.length, "finding")}`;
  };

  fill(
    root,
    el("h1", {}, "Findings", el("span", { class: "count" }, plan.findings.length)),
    plan.findings.length
      ? el(
          "form",
          { class: "filter", onsubmit: (event) => event.preventDefault() },
          el("label", { for: "finding-words", class: "unseen" }, "Filter the findings"),
          words,
          SEVERITIES.filter(count).map((severity) =>
            el(
              "label",
              { class: "toggle", "data-severity": severity },
              el("input", {
                type: "checkbox",
                checked: true,
                onchange: (event) => {
                  event.target.checked ? chosen.add(severity) : chosen.delete(severity);
                  show();
                },
              }),
              plural(count(severity), severity),
            ),
          ),
          shown,
        )
      : el("p", { class: "empty" }, "Nothing is wrong with this plan."),
    list,
  );
  words.addEventListener("input", show);
  show();
}

function ports_of(finding, rows) {
  if (!finding.ports.length) return "";
  const link = (port) => {
    const row = rows.at(port)[0];
    return el(
      "li",
      {},
      row
        ? el(
            "a",
            { class: "number", href: address({ view: "", service: row.service, port: String(port) }) },
            String(port),
          )
        : el("span", { class: "number" }, String(port)),
    );
  };
  const list = el("ul", { class: "numbers" }, finding.ports.slice(0, PORTS).map(link));
  const rest = finding.ports.slice(PORTS);
  if (!rest.length) return list;
  const more = el("button", { type: "button" }, `${rest.length} more`);
  more.addEventListener("click", () => {
    more.parentElement.replaceWith(...rest.map(link));
    say(`${rest.length} more ports`);
  });
  list.append(el("li", {}, more));
  return list;
}
