// The panel on one service: who, where, why, how to reach it, and what happened to it.

import { Refusal, get, put, remove, token } from "./api.js";
import { client_lines } from "./clients.js";
import { distinct } from "./chip.js";
import { runs } from "./digits.js";
import { copy_button, el, fill, one } from "./dom.js";
import { finding_item } from "./finding.js";
import { address } from "./place.js";
import { STATES, state_of } from "./rows.js";

export class Details {
  /// `close()` is called when somebody wants it shut.
  constructor(root, close) {
    this.root = root;
    root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    });
    root.addEventListener("click", (event) => event.target.closest(".close") && close());
  }

  get open() {
    return !this.root.hidden;
  }

  hide() {
    this.shown = null;
    this.asked?.abort();
    this.root.hidden = true;
    fill(this.root);
  }

  /// Of the service's ports the one with that number comes first to mind; 0 leaves the choice here.
  show({ plan, environment, rows, service, port, focus }) {
    const all = distinct(rows.of(service));
    if (!all.length) return this.missing(service, environment, focus);
    const chosen = all.find((row) => row.port === port) ?? all[0];
    const same =
      this.shown?.service === service && this.shown.environment === environment && this.shown.port === chosen.port;
    this.shown = { plan, environment, rows, service, port: chosen.port };
    const top = this.root.scrollTop;
    const active = this.root.contains(document.activeElement) ? document.activeElement.dataset.keep : null;
    const learned = same ? [...this.root.querySelectorAll(".learned")] : [];
    this.root.hidden = false;
    fill(
      this.root,
      this.heading(all, chosen),
      this.endpoints(all, chosen),
      ...(learned.length
        ? learned
        : ["why", "findings"].map((name) => el("section", { class: `learned ${name}`, hidden: true }))),
      this.reach(all, chosen),
      el("section", { class: "history", hidden: true }),
    );
    this.root.scrollTop = same ? top : 0;
    if (focus) one("h2", this.root).focus({ preventScroll: true });
    else if (active) one(`[data-keep="${CSS.escape(active)}"]`, this.root)?.focus();
    this.learn(chosen, !learned.length);
  }

  missing(service, environment, focus) {
    this.shown = null;
    this.root.hidden = false;
    fill(
      this.root,
      el("header", {}, el("h2", { tabindex: "-1" }, service), close_button()),
      el("p", { class: "quiet" }, `There is no such service in ${environment}.`),
    );
    if (focus) one("h2", this.root).focus();
  }

  heading(all, chosen) {
    const { plan, environment, service } = this.shown;
    const application = plan.applications.find((each) => each.name === chosen.application);
    const about = application ?? plan.services.find((each) => each.name === service);
    const owner = about?.owner || chosen.owner;
    return el(
      "header",
      {},
      el(
        "h2",
        { tabindex: "-1" },
        application ? [application.name, " ", el("span", { class: "thin" }, chosen.type)] : service,
      ),
      close_button(),
      el(
        "p",
        { class: "quiet" },
        [service, environment, chosen.protocol, owner && `owner ${owner}`, about?.until && `until ${about.until}`]
          .filter(Boolean)
          .join(" · "),
      ),
      about?.description ? el("p", {}, about.description) : null,
      application && chosen.port ? this.arithmetic(chosen, application) : null,
    );
  }

  /// The number's digits, each field in its colour, and below it what it says.
  arithmetic(row, application) {
    const { plan } = this.shown;
    const parts = runs(row.port, plan);
    if (parts.length < 2) return null;
    const says = { instance: row.instance, application: application.name, type: row.type };
    return el(
      "dl",
      { class: "arithmetic", "aria-label": `How ${row.port} is composed` },
      parts.map((part) =>
        el(
          "div",
          { class: part.field },
          el("dd", { class: "digits" }, part.text),
          el("dt", {}, part.field, el("br"), el("strong", {}, says[part.field] ?? "")),
        ),
      ),
    );
  }

  endpoints(all, chosen) {
    const { service } = this.shown;
    return el(
      "section",
      {},
      el("h3", {}, "Endpoints"),
      el(
        "table",
        { class: "plain endpoints" },
        el(
          "thead",
          { class: "unseen" },
          el(
            "tr",
            {},
            ["Port", "Where", "State"].map((word) => el("th", { scope: "col" }, word)),
          ),
        ),
        el(
          "tbody",
          {},
          all.map((row) =>
            el(
              "tr",
              { class: row === chosen ? "chosen" : null },
              el(
                "th",
                { scope: "row", class: "number" },
                el(
                  "a",
                  {
                    href: address({ service, port: String(row.port) }),
                    "aria-current": row === chosen ? "true" : null,
                    "data-keep": `port ${row.port} ${row.host}`,
                    title: row.instance ? `instance ${row.instance}` : null,
                  },
                  String(row.port || "none"),
                ),
              ),
              el("td", {}, this.where(row)),
              el(
                "td",
                {},
                el("span", { class: "state", "data-state": state_of(row) }, STATES[state_of(row)]),
                row.withheld ? el("span", { class: "quiet small" }, "not in DNS now") : null,
                row.aside && row.aside !== state_of(row) ? el("span", { class: "quiet small" }, row.aside) : null,
              ),
              token.value ? el("td", { class: "words" }, this.words(row)) : null,
            ),
          ),
        ),
      ),
      el("p", { class: "refusal", role: "alert" }),
    );
  }

  where(row) {
    if (!row.host && !row.addresses?.length)
      return el("span", { class: "quiet" }, row.instance ? `instance ${row.instance}` : "no host");
    return [
      el("strong", {}, row.host),
      el("span", { class: "number quiet small" }, (row.addresses ?? []).join(" ")),
      this.order(row),
    ];
  }

  /// In which order clients try it.
  order(row) {
    return row.srv && row.priority !== undefined
      ? el("span", { class: "quiet small" }, `priority ${row.priority}, weight ${row.weight}`)
      : null;
  }

  /// What one who has a token may do to an endpoint.
  words(row) {
    if (!row.host || !row.srv) return null;
    const planned = `${row.host}.${this.shown.environment}:${row.port}/${row.protocol}`;
    const registered = row.registration !== undefined && row.registration !== planned;
    const id = registered ? `${row.registration}@${row.addresses[0]}` : planned;
    const path = `/v1/portolan/registrations/${encodeURIComponent(id)}/aside`;
    const button = (label, act) =>
      el(
        "button",
        {
          type: "button",
          "data-keep": `${label} ${row.port} ${row.host}`,
          "aria-label": `${label} ${row.host}:${row.port}`,
          onclick: () => this.act(act),
        },
        label,
      );
    return ["draining", "maintenance"].includes(row.verdict)
      ? button("Resume", () => remove(path))
      : [
          button("Drain", () => put(path, { as: "draining" })),
          button("Maintenance", () => put(path, { as: "maintenance" })),
        ];
  }

  async act(what) {
    const said = one(".refusal", this.root);
    said.textContent = "";
    try {
      await what();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      said.textContent = error.message;
    }
  }

  reach(all, chosen) {
    const { plan, environment, service } = this.shown;
    const srv = all.find((row) => row.srv)?.srv ?? "";
    const lines = client_lines({
      srv,
      name: service,
      kind: chosen.type,
      protocol: chosen.protocol,
      environment,
      zone: plan.zone,
      rows: all,
    });
    if (!lines.length)
      return el(
        "section",
        {},
        el("h3", {}, "Clients"),
        el("p", { class: "quiet" }, "It has no name in DNS, and no host."),
      );
    return el(
      "section",
      {},
      el("h3", {}, "Clients"),
      el(
        "dl",
        { class: "lines" },
        lines.map(({ client, text }) =>
          el(
            "div",
            {},
            el("dt", {}, client),
            el("dd", {}, el("code", {}, text)),
            el("dd", { class: "act" }, copy_button(text, `the line for ${client}`)),
          ),
        ),
      ),
    );
  }

  /// What only the server knows; it comes behind what is there already.
  async learn(row, explain) {
    this.asked?.abort();
    const { signal } = (this.asked = new AbortController());
    const { plan, environment, service } = this.shown;
    const ask = async (path, parameters, show) => {
      try {
        show(await get(path, parameters, { signal }));
      } catch (error) {
        if (error.name !== "AbortError" && !(error instanceof Refusal)) throw error;
      }
    };
    const asks = [
      ask("/v1/history", { zone: plan.zone, environment, service }, (answer) => this.show_history(answer.changes)),
    ];
    if (explain)
      asks.push(
        ask("/v1/explain", { q: row.port ? `${row.port}/${row.protocol}` : service }, (answer) =>
          this.show_why(answer.plans.find((each) => each.zone === plan.zone)),
        ),
      );
    await Promise.all(asks);
  }

  show_why(answer) {
    if (!answer) return;
    const why = one(".why", this.root);
    why.hidden = false;
    fill(
      why,
      el("h3", {}, "Why"),
      answer.statements.map((sentence) => el("p", {}, sentence)),
      answer.arithmetic ? el("p", { class: "number" }, answer.arithmetic) : "",
      el(
        "ul",
        { class: "sources" },
        (answer.sources ?? [])
          .filter((source) => source.place)
          .map((source) => el("li", {}, el("span", {}, source.name), " ", el("code", {}, source.place))),
      ),
    );
    const findings = answer.findings ?? [];
    const section = one(".findings", this.root);
    section.hidden = !findings.length;
    fill(
      section,
      el("h3", {}, "Findings"),
      el(
        "ul",
        { class: "findings" },
        findings.map((finding) => finding_item(finding)),
      ),
    );
  }

  show_history(changes) {
    const section = one(".history", this.root);
    section.hidden = false;
    fill(
      section,
      el("h3", {}, "History"),
      changes.length
        ? el(
            "ol",
            { class: "changes" },
            changes.map((change) =>
              el(
                "li",
                {},
                el("time", { datetime: change.at, class: "number", title: change.at }, moment_text(change.at)),
                el(
                  "span",
                  {},
                  el("span", { class: "number" }, `${change.host}:${change.port} `),
                  el("span", { class: "state", "data-state": change.to || "unknown" }, STATES[change.to] ?? change.to),
                  change.from ? el("span", { class: "quiet" }, `, was ${change.from}`) : null,
                  change.why ? el("span", { class: "reason" }, change.why) : null,
                ),
              ),
            ),
          )
        : el("p", { class: "quiet" }, "No change since the server began."),
    );
  }
}

const close_button = () => el("button", { type: "button", class: "close", "aria-label": "Close the details" }, "×");

/// The time of day, and the day when it is another than today.
function moment_text(instant) {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return instant;
  const time = date.toLocaleTimeString("en-GB");
  return date.toDateString() === new Date().toDateString() ? time : `${date.toISOString().slice(0, 10)} ${time}`;
}
