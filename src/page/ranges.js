// Who has what of the numbers: the whole line from 1 to 65535, and the ranges of the registry with their gaps.

import { el, fill, plural } from "./dom.js";
import { span_text } from "./digits.js";
import { address } from "./place.js";

const LAST = 65535;

const ZONES_OF_OTHERS = [
  { first: 1, last: 1023, name: "well-known", about: "only root binds them, on most systems" },
  { first: 30000, last: 32767, name: "NodePort", about: "Kubernetes gives them to services" },
  { first: 32768, last: 60999, name: "ephemeral", about: "Linux gives them to outgoing connections" },
];

export function show_ranges(root, plan, environment, rows) {
  fill(
    root,
    el("h1", {}, "Numbers"),
    number_line(plan, environment, rows),
    el("h2", {}, "Ranges", el("span", { class: "count" }, plan.ranges.length)),
    plan.ranges.length
      ? el("div", { class: "ranges" }, plan.ranges.map(range_box))
      : el(
          "p",
          { class: "empty" },
          "This plan keeps no ranges. Under ",
          el("code", {}, "registry: ranges:"),
          " it can say which numbers are whose.",
        ),
  );
}

const SVG = "http://www.w3.org/2000/svg";
function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/// All ports of the environment on one line, and whom they might meet there.
function number_line(plan, environment, rows) {
  const x = (port) => (port / LAST) * 1000;
  const ports = new Set([...rows.all()].map((row) => row.port).filter(Boolean));
  const ticks = [...ports].map((port) => `M${x(port).toFixed(2)} 0V26`).join("");
  const drawing = svg("svg", { viewBox: "0 0 1000 40", class: "line", role: "img", preserveAspectRatio: "none" });
  drawing.setAttribute("aria-label", `${plural(ports.size, "number")} of ${environment} between 1 and ${LAST}`);
  for (const other of ZONES_OF_OTHERS)
    drawing.append(
      svg("rect", { x: x(other.first), width: x(other.last) - x(other.first), y: 0, height: 40, class: "others" }),
    );
  for (const range of plan.ranges)
    drawing.append(
      svg("rect", {
        x: x(range.first),
        width: Math.max(1, x(range.last) - x(range.first)),
        y: 28,
        height: 12,
        class: "range",
      }),
    );
  drawing.append(svg("path", { d: ticks, class: "ticks" }));
  const scale = el("div", { class: "scale", "aria-hidden": "true" });
  for (const at of [0, 10000, 20000, 30000, 40000, 50000, 60000]) {
    const mark = el("span", {}, at ? `${at / 1000},000` : "1");
    mark.style.left = `${(at / LAST) * 100}%`;
    scale.append(mark);
  }
  return el(
    "figure",
    { class: "numbers" },
    drawing,
    scale,
    el(
      "figcaption",
      {},
      `${plural(ports.size, "number")} in ${environment}. Shaded: `,
      ZONES_OF_OTHERS.map((other, at) => [
        at ? "; " : "",
        el("strong", {}, other.name),
        ` ${span_text(other.first, other.last)}, ${other.about}`,
      ]),
      ".",
    ),
  );
}

function range_box(range) {
  const size = range.last - range.first + 1;
  const free = range.gaps.reduce((sum, gap) => sum + gap.last - gap.first + 1, 0);
  const parts = [
    ...range.holders.map((holder) => ({ ...holder, kind: "held" })),
    ...range.gaps.map((gap) => ({ ...gap, text: "free", kind: "free" })),
  ].sort((one, other) => one.first - other.first);
  const bar = el("div", { class: "bar", role: "img", "aria-label": `${size - free} of ${size} taken` });
  for (const part of parts) {
    const piece = el("span", { class: part.kind, title: `${span_text(part.first, part.last)} ${part.text}` });
    piece.style.flexGrow = part.last - part.first + 1;
    bar.append(piece);
  }
  const until = range.until ? el("span", { class: "whole" }, `until ${range.until}`) : "";
  const about = [range.owner ? `owner ${range.owner}` : "", range.owner && range.until ? " · " : "", until];
  return el(
    "section",
    { class: "range" },
    el(
      "header",
      {},
      el("h3", {}, range.name),
      el("span", { class: "number" }, span_text(range.first, range.last)),
      range.owner || range.until ? el("span", { class: "quiet" }, about) : null,
      el("span", { class: "quiet free" }, `${free.toLocaleString("en")} of ${size.toLocaleString("en")} free`),
    ),
    bar,
    el(
      "table",
      { class: "plain" },
      el("caption", { class: "unseen" }, `${range.name}: holders and gaps`),
      el(
        "thead",
        { class: "unseen" },
        el("tr", {}, el("th", { scope: "col" }, "Ports"), el("th", { scope: "col" }, "Holder")),
      ),
      el(
        "tbody",
        {},
        parts.map((part) =>
          el(
            "tr",
            { class: part.kind },
            el("td", { class: "number" }, span_text(part.first, part.last)),
            el(
              "td",
              {},
              part.kind === "free"
                ? `free${part.last > part.first ? `, ${(part.last - part.first + 1).toLocaleString("en")} numbers` : ""}`
                : el("a", { href: address({ view: "", service: part.text, port: "" }) }, part.text),
            ),
          ),
        ),
      ),
    ),
  );
}
