// The services that have names of their own, and what has registered itself.

import { chip } from "./chip.js";
import { el, fill, plural } from "./dom.js";
import { address } from "./place.js";
import { endpoint_key, state_of } from "./rows.js";
import { in_slices } from "./slices.js";

export class Services {
  constructor(named, registered) {
    this.named = named;
    this.registered = registered;
    this.items = new Map();
  }

  async render(plan, rows, signal) {
    this.plan = plan;
    this.rows = rows;
    this.items = new Map();
    this.about = new Map(plan.services.map((service) => [service.name, service]));
    const names = [...rows.services.keys()].filter((name) => !rows.of(name)[0].application);
    const list = el("ul", { class: "services" });
    this.named.hidden = !names.length;
    fill(
      this.named,
      el(
        "h2",
        {},
        plan.applications.length ? "Named services" : "Services",
        el("span", { class: "count" }, names.length),
      ),
      list,
    );
    this.show_registrations();
    return in_slices(names, (name) => list.append(this.item(name)), signal);
  }

  item(name, before) {
    const rows = this.rows.of(name);
    const about = this.about.get(name);
    const owner = about?.owner || rows[0]?.owner || "";
    const states = before && new Map(before.map((row) => [endpoint_key(row), state_of(row)]));
    const item = el(
      "li",
      {},
      el(
        "a",
        { href: address({ service: name, port: "" }), "data-service": name },
        el("span", { class: "name" }, name),
        el("span", { class: "owner" }, owner),
        el("span", { class: "about" }, about?.description ?? ""),
      ),
      el(
        "span",
        { class: "ports" },
        rows.map((row) => {
          const element = chip(
            row,
            this.plan,
            row.host ? el("span", {}, `${row.host}:`, el("b", {}, String(row.port))) : String(row.port || "no port"),
          );
          if (states && states.get(endpoint_key(row)) !== state_of(row)) element.classList.add("changed");
          return element;
        }),
      ),
    );
    this.items.set(name, item);
    return item;
  }

  update(service, before) {
    const item = this.items.get(service);
    if (item && this.rows.of(service).length) item.replaceWith(this.item(service, before));
    else if (item) {
      item.remove();
      this.items.delete(service);
    } else if (this.rows.of(service)[0] && !this.rows.of(service)[0].application) {
      this.named.hidden = false;
      this.named.querySelector("ul").append(this.item(service, before));
    }
    if (item || this.named.querySelector(".count")) this.named.querySelector(".count").textContent = this.items.size;
    this.show_registrations();
  }

  show_registrations() {
    const rows = [];
    for (const row of this.rows.all()) if (row.registration !== undefined) rows.push(row);
    this.registered.hidden = !rows.length;
    fill(
      this.registered,
      el("h2", {}, "Registrations", el("span", { class: "count" }, rows.length)),
      el(
        "table",
        { class: "plain" },
        el(
          "caption",
          { class: "unseen" },
          `${plural(rows.length, "registration")} of programs that announced themselves`,
        ),
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ["Service", "Id", "Where", "State", "Ends"].map((word) => el("th", { scope: "col" }, word)),
          ),
        ),
        el(
          "tbody",
          {},
          rows.map((row) =>
            el(
              "tr",
              {},
              el("th", { scope: "row" }, el("a", { href: address({ service: row.service, port: "" }) }, row.service)),
              el("td", {}, row.registration),
              el("td", { class: "number" }, `${row.addresses?.[0] ?? row.host}:${row.port}/${row.protocol}`),
              el("td", {}, el("span", { class: "state", "data-state": state_of(row) }, state_of(row))),
              el("td", { class: "number" }, row.expiry ? until(row.expiry) : "when it is deregistered"),
            ),
          ),
        ),
      ),
    );
  }
}

/// An expiry is an instant; people want to know the time of day.
function until(instant) {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? String(instant) : el("time", { datetime: instant }, date.toLocaleTimeString());
}
