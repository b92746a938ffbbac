// The grid application × type: one cell a service, in it a chip an instance.
//
// Rows are boxes of their own and not of a <table>, so that the browser need not lay out what is scrolled away. In a
// large grid only the cells near the view have their chips: what the browser paints of ten thousand would take it
// longer than a hand that scrolls waits.

import { chip, distinct } from "./chip.js";
import { id_text } from "./digits.js";
import { el } from "./dom.js";
import { endpoint_key, state_of } from "./rows.js";
import { in_slices } from "./slices.js";

const LARGE = 600; // cells; from there on those far from the view are empty
const NEAR = "120px";

const STEPS = {
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
  PageDown: [10, 0],
  PageUp: [-10, 0],
  Home: [0, -Infinity],
  End: [0, Infinity],
};

export class Grid {
  /// `open(service, port)` is called when somebody wants to know more; port is 0 for the cell as a whole.
  constructor(root, open) {
    this.root = root;
    this.open = open;
    root.addEventListener("keydown", (event) => this.key(event));
    root.addEventListener("focusin", (event) => this.hold(event.target.closest("[role=gridcell]")));
    root.addEventListener("click", (event) => this.click(event));
    this.waiting = new Set(); // cells that have come near and are not filled yet
    this.observer = new IntersectionObserver((entries) => this.come_near(entries), {
      root: root.closest("main"),
      rootMargin: NEAR,
    });
    addEventListener("beforeprint", () => this.fill_all(true));
    addEventListener("afterprint", () => this.fill_all(false));
    this.clear();
  }

  clear() {
    this.observer.disconnect();
    this.near = { rows: new Set(), columns: new Set() };
    this.waiting.clear();
    this.cells = new Map(); // service → its cell
    this.lines = []; // the cells by row and column
    this.held = null; // the one that Tab reaches
    this.root.replaceChildren();
  }

  async render(plan, environment, rows, signal) {
    this.clear();
    this.plan = plan;
    this.rows = rows;
    this.types = plan.types.filter((type) => !type.environment || type.environment === environment);
    this.root.hidden = !plan.applications.length;
    if (this.root.hidden) return true;
    this.large = plan.applications.length * this.types.length > LARGE;
    const across = Math.max(1, plan.instances.last - plan.instances.first + 1);
    const places = (this.places = across <= 1 ? 1 : across <= 4 ? 2 : 3);
    const across_of = (type) => (type.multicast ? 1.3 : places);
    const least = (type) => `(${across_of(type)} * var(--chip) + var(--cell-room))`;
    const style = this.root.style;
    style.setProperty("--places", places);
    style.setProperty(
      "--columns",
      this.types.map((type) => `minmax(calc${least(type)}, ${across_of(type)}fr)`).join(" "),
    );
    style.setProperty("--least", `calc(var(--names) + ${this.types.map(least).join(" + ") || "0px"})`);
    this.root.setAttribute("aria-rowcount", plan.applications.length + 1);
    this.root.setAttribute("aria-colcount", this.types.length + 1);
    this.root.append(this.head());
    const add = (application) => {
      const line = this.line(application);
      this.root.append(line);
      if (this.large) this.observer.observe(line);
    };
    return in_slices(plan.applications, add, signal);
  }

  head() {
    const types = this.types.map((type, column) => {
      const header = el(
        "div",
        { role: "columnheader", class: type.published ? "type" : "type inward" },
        el("span", { class: "id" }, id_text(type.id, "type", this.plan)),
        el("span", { class: "name", title: type.name }, type.name),
        el(
          "span",
          { class: "tags" },
          type.protocol,
          type.multicast ? " multicast" : "",
          type.published ? "" : " not in DNS",
        ),
      );
      header.at = { column };
      if (this.large) this.observer.observe(header);
      return header;
    });
    return el(
      "div",
      { role: "row", class: "head" },
      el("div", { role: "columnheader", class: "corner" }, "application"),
      types,
    );
  }

  line(application) {
    const row = this.lines.length;
    const cells = this.types.map((type, column) => this.cell(application, type, row, column));
    this.lines.push(cells);
    const line = el(
      "div",
      { role: "row", class: "line" },
      el(
        "div",
        { role: "rowheader", class: "application", title: application.description || null },
        el("span", { class: "id" }, id_text(application.id, "application", this.plan)),
        el("span", { class: "name" }, application.name),
        el("span", { class: "owner" }, application.owner),
      ),
      cells,
    );
    line.at = { row };
    const most = Math.max(...cells.map((cell) => cell.ports.length));
    line.style.setProperty("--lines", Math.ceil(most / this.places)); // as high as it is when it is filled
    return line;
  }

  cell(application, type, row, column) {
    const service = this.rows.cell(application.name, type.name);
    const cell = el("div", {
      role: "gridcell",
      tabindex: "-1",
      class: `${type.published ? "" : "inward"} ${type.multicast ? "single" : ""}`.trim() || null,
    });
    cell.at = { row, column, service };
    cell.ports = service ? distinct(this.rows.of(service)) : [];
    if (service) this.cells.set(service, cell);
    if (!this.held) this.hold(cell);
    if (!this.large) this.fill(cell);
    return cell;
  }

  fill(cell) {
    cell.replaceChildren(...cell.ports.map((row) => chip(row, this.plan)));
    if (cell.at.service === this.marked?.service) this.mark_ports();
  }

  /// Rows and columns have come near to the view, or have left it.
  come_near(entries) {
    const { rows, columns } = this.near;
    for (const { target, isIntersecting } of entries) {
      const { row, column } = target.at;
      const near = row === undefined ? columns : rows;
      isIntersecting ? near.add(row ?? column) : near.delete(row ?? column);
      const cells =
        row === undefined
          ? [...rows].map((each) => this.lines[each][column])
          : [...columns].map((each) => this.lines[row][each]);
      for (const cell of cells) isIntersecting ? this.waiting.add(cell) : cell.replaceChildren();
    }
    this.fill_waiting();
  }

  async fill_waiting() {
    if (this.filling) return;
    this.filling = true;
    const fill = (cell) => {
      this.waiting.delete(cell);
      if (this.is_near(cell)) this.fill(cell);
    };
    await in_slices(this.waiting, fill, undefined, 2);
    this.filling = false;
  }

  is_near({ at }) {
    return !this.large || (this.near.rows.has(at.row) && this.near.columns.has(at.column));
  }

  fill_all(whole) {
    if (!this.large) return;
    for (const cell of this.lines.flat()) whole || this.is_near(cell) ? this.fill(cell) : cell.replaceChildren();
  }

  /// The service's rows have changed from those: shows them, and lets what is new flash.
  update(service, before) {
    const cell = this.cells.get(service);
    if (!cell) return;
    const states = new Map(before.map((row) => [endpoint_key(row), state_of(row)]));
    cell.ports = distinct(this.rows.of(service));
    if (!this.is_near(cell)) return;
    this.fill(cell);
    cell.ports.forEach((row, at) => {
      if (states.get(endpoint_key(row)) !== state_of(row)) cell.children[at].classList.add("changed");
    });
  }

  /// Shows where that is: the cell, and of its ports the one with that number (0: none in particular).
  mark(service, port) {
    this.root.querySelectorAll("[aria-selected]").forEach((cell) => cell.removeAttribute("aria-selected"));
    this.marked = { service, port };
    const cell = this.cells.get(service);
    if (cell) cell.setAttribute("aria-selected", "true");
    this.mark_ports();
    return cell;
  }

  mark_ports() {
    this.root.querySelectorAll(".port.found").forEach((each) => each.classList.remove("found"));
    const cell = this.cells.get(this.marked?.service);
    cell?.ports.forEach((row, at) => cell.children[at]?.classList.toggle("found", row.port === this.marked.port));
  }

  reveal(service) {
    const cell = this.cells.get(service);
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (cell) this.hold(cell);
  }

  focus(service) {
    (this.cells.get(service) ?? this.held)?.focus();
  }

  /// The cell of that service; where there is none now, the one that stands where it stood.
  nearest({ service, row, column }) {
    return this.cells.get(service) ?? this.lines[Math.min(row, this.lines.length - 1)]?.[column] ?? this.held;
  }

  /// Makes it the one that Tab reaches.
  hold(cell) {
    if (!cell || cell === this.held) return;
    if (this.held) this.held.tabIndex = -1;
    this.held = cell;
    cell.tabIndex = 0;
  }

  key(event) {
    const cell = event.target.closest("[role=gridcell]");
    if (!cell || event.altKey || event.metaKey) return;
    if ((event.key === "Enter" || event.key === " ") && cell.at.service) {
      event.preventDefault();
      return this.open(cell.at.service, 0);
    }
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const within = (value, size) => Math.min(Math.max(value, 0), size - 1);
    const down = event.ctrlKey && Math.abs(step[1]) === Infinity ? step[1] : step[0]; // Ctrl+Home, Ctrl+End
    const row = within(cell.at.row + down, this.lines.length);
    const column = within(this.lines[cell.at.row].indexOf(cell) + step[1], this.types.length);
    this.lines[row][column].focus();
  }

  click(event) {
    const cell = event.target.closest("[role=gridcell]");
    if (!cell?.at.service) return;
    const port = event.target.closest(".port");
    this.open(cell.at.service, port ? cell.ports[[...cell.children].indexOf(port)].port : 0);
  }
}
