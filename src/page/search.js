// The box that takes a number or a name. What the page has itself it shows at once; the server knows the rest.

import { get } from "./api.js";
import { el, fill, plural, say } from "./dom.js";
import { state_of, STATES } from "./rows.js";

const PAUSE = 120; // milliseconds after the last key
const SHOWN = 12;

export class Search {
  /// `known()` returns {plan, environment, rows}; `visit({service, port, zone, environment})` goes there.
  constructor(box, list, known, visit, found) {
    Object.assign(this, { box, list, known, visit, found, hits: [], chosen: -1 });
    box.addEventListener("input", () => this.typed());
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("focus", () => box.value && this.typed());
    box.addEventListener("blur", () => this.close());
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
    list.addEventListener("click", (event) =>
      this.take([...list.children].indexOf(event.target.closest("[role=option]"))),
    );
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select"))
        return;
      event.preventDefault();
      box.select();
      box.focus();
    });
  }

  typed() {
    const words = this.box.value.trim();
    clearTimeout(this.timer);
    this.asked?.abort();
    if (!words) {
      this.found("", 0);
      return this.close();
    }
    const own = this.own(words);
    this.show(own);
    if (own[0]?.exact) this.found(own[0].service, own[0].port);
    this.timer = setTimeout(() => this.ask(words, own), PAUSE);
  }

  /// Ports of this environment with that number, or services with all the words in their names.
  own(words) {
    const { rows } = this.known();
    if (!rows) return [];
    if (/^\d+$/.test(words)) return rows.at(Number(words)).map((row) => ({ ...hit(row), exact: true }));
    const parts = words.toLowerCase().split(/\s+/);
    const hits = [];
    for (const [name, [row]] of rows.services)
      if (parts.every((part) => name.toLowerCase().includes(part))) {
        hits.push({ service: name, port: 0, title: title_of(row), remark: ports_text(rows.of(name)) });
        if (hits.length === SHOWN) break;
      }
    return hits;
  }

  async ask(words, own) {
    const { signal } = (this.asked = new AbortController());
    const answer = (path) =>
      get(path, { q: words }, { signal }).catch((error) =>
        error.name === "AbortError" ? Promise.reject(error) : null,
      );
    try {
      const [explained, found] = await Promise.all([answer("/v1/explain"), answer("/v1/find")]);
      this.show(this.merge(words, own, explained, found));
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  }

  merge(words, own, explained, found) {
    const { plan, environment } = this.known();
    const hits = [...own];
    const plans = explained?.plans ?? [];
    const speaking = plans.filter((each) => each.speaks);
    for (const each of speaking.length ? speaking : plans.slice(0, 1)) {
      const statement = each.statements?.join(" ");
      if (own.some((hit) => hit.exact) && each.zone === plan.zone) continue; // the page has said so
      if (statement) {
        const place = each.endpoints?.find((endpoint) => endpoint.environment === environment) ?? each.endpoints?.[0];
        hits.push({
          title: statement,
          remark: [each.zone, each.arithmetic].filter(Boolean).join(" · "),
          zone: each.zone,
          service: place?.service ?? each.assignments?.[0]?.service ?? "",
          environment: each.zone === plan.zone && place?.environment === environment ? "" : place?.environment,
          port: explained.port ?? 0,
        });
      }
    }
    for (const each of found?.found ?? []) {
      const known = hits.some((hit) => hit.service === each.name && (!hit.zone || hit.zone === each.zone));
      if (!known)
        hits.push({
          title: `${each.kind} ${each.name}`,
          remark: [
            each.zone,
            shorten(each.ports ?? ""),
            each.owner && `owner ${each.owner}`,
            each.description,
            each.until && `until ${each.until}`,
          ]
            .filter(Boolean)
            .join(" · "),
          zone: each.zone,
          service: each.kind === "service" ? each.name : "",
          port: 0,
          kind: each.kind,
          name: each.name,
        });
    }
    if (!hits.length && found?.near?.length)
      hits.push({ title: "Nothing has that.", remark: `Did you mean ${found.near.join(", ")}?`, service: "" });
    return hits;
  }

  show(hits) {
    this.hits = hits.slice(0, SHOWN);
    this.chosen = -1;
    fill(
      this.list,
      this.hits.map((each, at) =>
        el(
          "li",
          { role: "option", id: `hit-${at}`, "aria-selected": "false", class: each.exact ? "exact" : null },
          el(
            "span",
            { class: "title" },
            each.title,
            each.port && each.exact ? el("span", { class: "number" }, String(each.port)) : null,
          ),
          el("span", { class: "remark" }, each.remark),
        ),
      ),
    );
    if (!this.hits.length) this.list.append(el("li", { class: "none" }, "Nothing has that."));
    this.list.hidden = document.activeElement !== this.box;
    this.box.setAttribute("aria-expanded", String(!this.list.hidden));
    this.box.removeAttribute("aria-activedescendant");
    say(this.hits.length ? `${plural(this.hits.length, "hit")}. ${this.hits[0].title}` : "Nothing has that.");
  }

  close() {
    this.list.hidden = true;
    this.box.setAttribute("aria-expanded", "false");
  }

  key(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.choose(this.chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") this.take(Math.max(this.chosen, 0));
    else if (event.key === "Escape") {
      event.stopPropagation();
      if (!this.list.hidden) return this.close();
      this.box.value = "";
      this.found("", 0);
      this.box.blur();
    }
  }

  choose(at) {
    if (!this.hits.length) return;
    this.chosen = (at + this.hits.length) % this.hits.length;
    [...this.list.children].forEach((each, place) => each.setAttribute("aria-selected", String(place === this.chosen)));
    this.list.children[this.chosen].scrollIntoView({ block: "nearest" });
    this.box.setAttribute("aria-activedescendant", `hit-${this.chosen}`);
  }

  take(at) {
    const hit = this.hits[at];
    if (!hit) return;
    this.close();
    this.visit(hit);
  }
}

const title_of = (row) => (row.application ? `${row.application} ${row.type}` : row.service);

function hit(row) {
  return {
    service: row.service,
    port: row.port,
    title: `${title_of(row)}${row.instance ? `, instance ${row.instance}` : ""}`,
    remark: [`${row.port}/${row.protocol}`, row.host && `at ${row.host}`, STATES[state_of(row)]]
      .filter(Boolean)
      .join(" · "),
  };
}

const ports_text = (rows) => shorten([...new Set(rows.map((row) => row.port))].join(", "));

const shorten = (text) => (text.length > 60 ? `${text.slice(0, 57)}…` : text);
