// What would follow of a change: the same that `portolan whatif` says. Nothing is written.

import { Refusal, get } from "./api.js";
import { copy_button, el, fill, say } from "./dom.js";

const text = (name, label, more = {}) => ({ name, label, ...more });

/// What can be asked; `words` makes of the fields what the server reads.
const CHANGES = [
  {
    kind: "application",
    label: "Add an application",
    fields: () => [text("name", "Name")],
    words: (f) => ["add", "application", f.name],
  },
  {
    kind: "type",
    label: "Add a port type",
    fields: () => [text("name", "Name"), text("protocol", "Protocol", { options: ["tcp", "udp"] })],
    words: (f) => ["add", "type", f.name, f.protocol],
  },
  {
    kind: "instances",
    label: "Count other instances",
    fields: (plan) => [text("last", "Up to instance", { type: "number", value: plan.instances.last + 1 })],
    words: (f) => ["instances", f.last],
  },
  {
    kind: "pattern",
    label: "Compose by another pattern",
    fields: (plan) => [text("pattern", "Pattern", { value: plan.pattern })],
    words: (f) => ["pattern", f.pattern],
  },
  {
    kind: "move",
    label: "Move an instance",
    fields: (plan, environment) => [
      text("application", "Application", { options: plan.applications.map((each) => each.name) }),
      text("instance", "Instance", { type: "number", value: plan.instances.first }),
      text("environment", "Environment", { options: plan.environments.map((each) => each.name), value: environment }),
      text("host", "To host"),
    ],
    words: (f) => ["move", f.application, f.instance, f.environment, f.host],
  },
];

const GROUNDS = {
  arithmetic: "Two names, one number",
  registry: "Numbers of the registry",
  hosts: "One address, one port, twice",
  bounds: "Out of bounds",
  dynamic: "Numbers for registrations",
  iana: "Names at IANA",
  ephemeral: "Linux's ephemeral range",
  nodeport: "Kubernetes' NodePorts",
};

export function show_what_if(root, plan, environment) {
  if (!plan.pattern) {
    fill(
      root,
      el("h1", {}, "What if"),
      el(
        "p",
        { class: "empty" },
        "This plan has no convention whose numbers would follow from a change. Choose another zone, or ask ",
        el("code", {}, "portolan whatif"),
        ".",
      ),
    );
    return;
  }
  const result = el("div", { class: "result", "aria-live": "polite" });
  const fields = el("div", { class: "fields" });
  const kind = el(
    "select",
    { id: "change-kind" },
    CHANGES.map((change) => el("option", { value: change.kind }, change.label)),
  );
  const chosen = () => CHANGES.find((change) => change.kind === kind.value);
  const choose = () =>
    fill(
      fields,
      chosen()
        .fields(plan, environment)
        .map((field) => input(field)),
    );
  kind.addEventListener("change", choose);
  choose();
  const form = el(
    "form",
    { class: "what-if" },
    el("div", { class: "field" }, el("label", { for: "change-kind" }, "Change"), kind),
    fields,
    el("button", { type: "submit", class: "main" }, "What follows?"),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(
      [...fields.querySelectorAll("input, select")].map((each) => [each.name, each.value.trim()]),
    );
    const change = chosen().words(values).join(" ");
    form.setAttribute("aria-busy", "true");
    try {
      show_result(result, await get("/v1/whatif", { zone: plan.zone, change }), change);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      fill(result, el("p", { class: "refusal" }, error.message));
    }
    form.removeAttribute("aria-busy");
  });
  fill(
    root,
    el("h1", {}, "What if"),
    el(
      "p",
      { class: "lead" },
      "Try a change of ",
      el("strong", {}, plan.zone),
      ": which numbers it opens, what they meet, what DNS and firewalls would have to learn. Nothing is written.",
    ),
    form,
    result,
  );
}

function input({ name, label, options, value = "", type = "text" }) {
  const id = `change-${name}`;
  const control = options
    ? el(
        "select",
        { id, name },
        options.map((option) => el("option", { value: option, selected: option === value }, option)),
      )
    : el("input", {
        id,
        name,
        type,
        value: String(value),
        required: true,
        autocomplete: "off",
        spellcheck: "false",
        min: type === "number" ? "0" : null,
      });
  return el("div", { class: "field" }, el("label", { for: id }, label), control);
}

function show_result(root, answer, change) {
  const grounds = [...answer.grounds].sort((one, other) => one.holds - other.holds);
  const broken = grounds.filter((ground) => !ground.holds);
  const verdict = broken.length
    ? `Meets ${broken.map((ground) => (GROUNDS[ground.ground] ?? ground.ground).toLowerCase().replace("linux", "Linux").replace("kubernetes", "Kubernetes").replace("iana", "IANA").replace("nodeport", "NodePort")).join(" and ")}`
    : "Meets nothing on any ground";
  fill(
    root,
    el("h2", {}, answer.edit || change),
    el("p", { class: "verdict", "data-clean": String(!broken.length) }, verdict),
    (answer.errors ?? []).map((error) =>
      el("p", { class: "refusal" }, typeof error === "string" ? error : (error.message ?? "")),
    ),
    el(
      "div",
      { class: "columns" },
      numbers(answer),
      collisions(grounds),
      ways(answer.ways),
      room(answer.capacity),
      firewalls(answer.firewall),
      names(answer.dns),
    ),
  );
  say(`${answer.edit || change}. ${verdict}`);
}

const part = (title, count, ...children) =>
  el("section", {}, el("h3", {}, title, count === null ? null : el("span", { class: "count" }, count)), children);

function numbers({ opened, closed }) {
  const list = (kind, sign, lines) =>
    lines.map((line) =>
      el("li", { class: kind }, el("span", { class: "sign" }, sign), el("code", {}, line.replaceAll(",", ", "))),
    );
  return part(
    "Ports",
    null,
    opened.length + closed.length
      ? el("ul", { class: "difference" }, list("plus", "+", opened), list("minus", "−", closed))
      : el("p", { class: "quiet" }, "None comes or goes."),
  );
}

function collisions(grounds) {
  return part(
    "Collisions",
    null,
    el(
      "ul",
      { class: "grounds" },
      grounds.map((ground) => {
        const title = GROUNDS[ground.ground] ?? ground.ground;
        const line = [
          el("span", { class: "holds", "data-holds": String(ground.holds) }, title),
          el("span", { class: "quiet" }, ground.sentence),
        ];
        if (!ground.witnesses.length) return el("li", {}, el("p", {}, line));
        return el(
          "li",
          {},
          el(
            "details",
            {},
            el("summary", {}, line),
            el(
              "ul",
              { class: "witnesses" },
              ground.witnesses.map((witness) =>
                el(
                  "li",
                  {},
                  el("span", { class: "number" }, `${witness.port ?? ""}/${witness.protocol ?? ""}`),
                  ` ${witness.holder ?? ""}`,
                ),
              ),
            ),
          ),
        );
      }),
    ),
  );
}

function ways(list) {
  if (!list.length) return "";
  return part(
    "Ways out",
    null,
    el(
      "dl",
      { class: "lines" },
      list.map((each) =>
        el(
          "div",
          {},
          el("dt", {}, each.way),
          el("dd", {}, el("code", {}, each.edit)),
          el("dd", { class: "act" }, copy_button(each.edit, "this edit")),
        ),
      ),
    ),
  );
}

const room = (lines) =>
  part(
    "Room afterwards",
    null,
    el(
      "ul",
      { class: "sentences" },
      lines.map((line) => el("li", {}, line)),
    ),
  );

function names(lines) {
  return part(
    "DNS",
    null,
    lines.length
      ? el(
          "ul",
          { class: "sentences dns" },
          lines.map((line) => el("li", {}, signed(line))),
        )
      : el("p", { class: "quiet" }, "Nothing changes."),
  );
}

/// "prod jmx/tcp: + 40802 jb2, - 40802 jb1", its signs in their colours.
const signed = (line) =>
  line
    .split(/(?<=[:,] )(?=[+-] )/)
    .map((piece) => (/^[+-] /.test(piece) ? el("span", { class: piece[0] === "+" ? "plus" : "minus" }, piece) : piece));

function firewalls(list) {
  return part(
    "Firewalls",
    null,
    list.length
      ? el(
          "table",
          { class: "plain" },
          el(
            "thead",
            {},
            el(
              "tr",
              {},
              ["Host", "Open", "Close"].map((word) => el("th", { scope: "col" }, word)),
            ),
          ),
          el(
            "tbody",
            {},
            list.map((each) =>
              el(
                "tr",
                {},
                el("th", { scope: "row" }, each.environment, " ", el("strong", {}, each.host)),
                el(
                  "td",
                  { class: "number" },
                  el(
                    "span",
                    { class: each.opened.length ? "plus" : null },
                    each.opened.join(" ").replaceAll(",", ", "),
                  ),
                ),
                el(
                  "td",
                  { class: "number" },
                  el(
                    "span",
                    { class: each.closed.length ? "minus" : null },
                    each.closed.join(" ").replaceAll(",", ", "),
                  ),
                ),
              ),
            ),
          ),
        )
      : el("p", { class: "quiet" }, "Nothing to open or close."),
  );
}
