// The map of one environment: what is said of it, the grid, the named services, the registrations.

import { is_flagged } from "./chip.js";
import { el, fill, one, plural } from "./dom.js";
import { Grid } from "./grid.js";
import { address } from "./place.js";
import { STATES, state_of, tally } from "./rows.js";
import { Services } from "./services.js";

export class MapView {
  constructor(root, open) {
    this.root = root;
    this.grid = new Grid(one("#grid", root), open);
    this.services = new Services(one("#named", root), one("#registered", root));
  }

  async render(plan, environment, rows, signal) {
    const is_same = plan.zone === this.plan?.zone && environment === this.environment;
    this.left = is_same ? (this.left ?? this.standing()) : null;
    Object.assign(this, { plan, environment, rows });
    this.heading();
    this.root.setAttribute("aria-busy", "true");
    const whole =
      (await this.grid.render(plan, environment, rows, signal)) && (await this.services.render(plan, rows, signal));
    if (!whole) return false;
    this.root.removeAttribute("aria-busy");
    this.come_back();
    one("#nothing", this.root).hidden = rows.services.size > 0 || plan.applications.length > 0;
    return true;
  }

  /// Where somebody is, who wants to be there still when the same map is drawn anew.
  standing() {
    const { scrollTop, scrollLeft } = this.root.closest("main");
    const active = document.activeElement;
    const link = this.root.contains(active) ? active.getAttribute("href") : null;
    return { scrollTop, scrollLeft, link, cell: this.grid.held?.at, in_grid: this.grid.root.contains(active) };
  }

  come_back() {
    const { left } = this;
    this.left = null;
    if (!left) return;
    const cell = left.cell && this.grid.nearest(left.cell);
    this.grid.hold(cell);
    if (document.activeElement === document.body) {
      const link = left.link && one(`a[href="${CSS.escape(left.link)}"]`, this.root);
      (left.in_grid ? cell : link)?.focus({ preventScroll: true });
    }
    Object.assign(this.root.closest("main"), { scrollTop: left.scrollTop, scrollLeft: left.scrollLeft });
  }

  update(service, before) {
    this.grid.update(service, before);
    this.services.update(service, before);
    this.tallies();
  }

  heading() {
    const { plan, environment } = this;
    const about = plan.environments.find((each) => each.name === environment);
    fill(one("h1", this.root), environment, el("span", { class: "thin" }, ` ${plan.zone}`));
    one(".aliases", this.root).textContent = about?.aliases.length ? `also ${about.aliases.join(", ")}` : "";
    fill(one(".pattern", this.root), this.pattern());
    this.tallies();
  }

  /// The pattern's letters, each field in its colour.
  pattern() {
    const { pattern, fields, instances } = this.plan;
    if (!pattern || !fields) return [];
    const letters = [...new Set(pattern)];
    return [
      el(
        "span",
        { class: "digits", "aria-hidden": "true" },
        [...pattern].map((letter) => el("span", { class: fields[letter] }, letter)),
      ),
      el(
        "span",
        { class: "fields" },
        letters.map((letter) =>
          el(
            "span",
            { class: fields[letter] },
            fields[letter],
            fields[letter] === "instance" ? ` ${instances.first}–${instances.last}` : "",
          ),
        ),
      ),
    ];
  }

  /// How many ports are in which state; it is the legend of the signs too.
  tallies() {
    const counts = tally(this.rows.all());
    let flagged = 0;
    for (const row of this.rows.all()) if (is_flagged(row, this.plan)) flagged++;
    fill(
      one(".tally", this.root),
      Object.keys(STATES)
        .filter((state) => counts[state])
        .map((state) =>
          el(
            "li",
            {},
            el(
              "span",
              { class: "state", "data-state": state },
              `${counts[state].toLocaleString("en")} ${STATES[state]}`,
            ),
          ),
        ),
      flagged
        ? el(
            "li",
            {},
            el("a", { href: address({ view: "findings" }), class: "flag" }, `${plural(flagged, "port")} with findings`),
          )
        : "",
    );
  }
}

/// What a change means to somebody who listens: "oxygen-snmp 40805 at jb1 is critical".
export function change_words(before, rows) {
  const key = (row) => `${row.host} ${row.port} ${row.registration ?? ""}`;
  const was = new Map(before.map((row) => [key(row), state_of(row)]));
  return rows
    .filter((row) => was.get(key(row)) !== state_of(row))
    .map((row) => `${row.service} ${row.port}${row.host ? ` at ${row.host}` : ""} is ${STATES[state_of(row)]}`)
    .join("; ");
}
