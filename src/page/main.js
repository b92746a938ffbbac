// The page: puts its parts together, and follows the address and the server's events.

import { Refusal, get } from "./api.js";
import { Details } from "./details.js";
import { el, fill, one, say } from "./dom.js";
import { listen } from "./events.js";
import { show_findings } from "./findings.js";
import { MapView, change_words } from "./map_view.js";
import { address, go, on_move, place } from "./place.js";
import { show_ranges } from "./ranges.js";
import { read_rows } from "./rows.js";
import { next_frame } from "./slices.js";
import { Search } from "./search.js";
import { add_token_dialog } from "./token.js";
import { show_what_if } from "./what_if.js";

const VIEWS = [
  { view: "", label: "Map" },
  { view: "ranges", label: "Numbers" },
  { view: "findings", label: "Findings" },
  { view: "what-if", label: "What if" },
];

/// What is shown: the plans, the zone's plan, the environment's name and its rows.
const shown = { plans: [], plan: null, environment: "", rows: null };
let reading = new AbortController();
let told_meanwhile = null; // while rows are read, which may be older than what is told

const map = new MapView(one("#map"), (service, port) => go({ service, port: port ? String(port) : "" }));
const details = new Details(one("#details"), () => go({ service: "", port: "" }));
new Search(
  one("#search"),
  one("#hits"),
  () => shown,
  visit,
  (service, port) => highlight(service, port),
);
add_token_dialog(() => show_details());

// -- reading

/// Reads everything anew: at the start, after a reload of the plan, and when the connection is back.
async function load() {
  try {
    const answer = await get("/v1/map");
    shown.plans = answer.zones.map((plan) => ({
      ...plan,
      warned: new Set(plan.findings.filter((finding) => finding.severity !== "note").map((finding) => finding.rule)),
    }));
    await settle(true);
    stale("");
  } catch (error) {
    if (error instanceof Refusal) stale(error.message);
    else if (error.name !== "AbortError") throw error;
  }
}

/// Makes what is shown what the address says; reads rows when they are others, or with `anew`.
async function settle(anew = false) {
  const wish = place();
  const plan = shown.plans.find((each) => each.zone === wish.zone) ?? shown.plans[0];
  if (!plan) return show_nothing();
  const named = (each) => each.name === wish.environment || each.aliases.includes(wish.environment);
  const environment =
    (plan.environments.find(named) ?? plan.environments.find((each) => each.name === "prod") ?? plan.environments[0])
      ?.name ?? "";
  const other = anew || plan !== shown.plan || environment !== shown.environment || !shown.rows;
  if (other) {
    reading.abort();
    const { signal } = (reading = new AbortController());
    const rows = await read_latest(plan.zone, environment, signal);
    Object.assign(shown, { plan, environment, rows });
    bars();
    show_view();
    if (!(await map.render(plan, environment, rows, signal))) return;
  }
  bars();
  show_view();
  show_details(!anew);
}

/// The rows, with what the server has told of them while they came.
async function read_latest(zone, environment, signal) {
  const told = (told_meanwhile = []);
  try {
    const rows = await read_rows(zone, environment, signal);
    for (const each of told)
      if (each.zone === zone && each.environment === environment) rows.replace(each.service, each.protocol, each.rows);
    return rows;
  } finally {
    if (told_meanwhile === told) told_meanwhile = null;
  }
}

// -- showing

function bars() {
  const { plans, plan, environment } = shown;
  const zone = one("#zone");
  fill(
    zone,
    plans.map((each) => el("option", { value: each.zone, selected: each === plan }, each.zone)),
  );
  zone.disabled = plans.length < 2;
  one("#serial").textContent = plan.serial ? `serial ${plan.serial}` : "";
  fill(
    one("#environments"),
    plan.environments.map((each) =>
      link({ environment: each.name, zone: plan.zone }, each.name, each.name === environment, each.aliases.join(", ")),
    ),
  );
  const { view } = place();
  const warnings = plan.findings.filter((finding) => finding.severity !== "note").length;
  fill(
    one("#views"),
    VIEWS.map((each) =>
      link(
        { view: each.view },
        [each.label, each.view === "findings" && warnings ? el("span", { class: "count" }, warnings) : ""],
        each.view === view,
      ),
    ),
  );
  document.title = `${environment} · ${plan.zone} · port map`;
}

/// A link of a bar. The zone goes first, since it clears what lies below it.
function link({ zone, ...changes }, label, current, title = "") {
  const kept = zone && zone !== place().zone && place().zone ? { zone } : {};
  return el(
    "li",
    {},
    el(
      "a",
      { href: address({ ...changes, ...kept }), "aria-current": current ? "page" : null, title: title || null },
      label,
    ),
  );
}

function show_view() {
  const { view } = place();
  const { plan, environment, rows } = shown;
  const name = VIEWS.some((each) => each.view === view) ? view : "";
  for (const section of document.querySelectorAll("main > [data-view]")) section.hidden = section.dataset.view !== name;
  const root = one(`main > [data-view="${name}"]`);
  if (root.shows === rows && name) return;
  root.shows = rows;
  if (name === "ranges") show_ranges(root, plan, environment, rows);
  if (name === "findings") show_findings(root, plan, rows);
  if (name === "what-if") show_what_if(root, plan, environment);
}

function show_nothing() {
  one("#map h1").textContent = "No zone";
  one("#nothing").hidden = false;
}

function show_details(focus = false) {
  const { service, port, view } = place();
  if (!service || view || !shown.rows) {
    details.hide();
    document.body.classList.remove("with-details");
    map.grid.mark("", 0);
    return;
  }
  document.body.classList.add("with-details");
  details.show({ ...shown, service, port: Number(port), focus });
  map.grid.mark(service, Number(port));
  next_frame().then(() => place().service === service && map.grid.reveal(service)); // each paints much
}

/// What the search has found, while one types.
function highlight(service, port) {
  if (place().view || !shown.rows) return;
  map.grid.mark(service, port);
  if (service) map.grid.reveal(service);
}

function visit(hit) {
  if (!hit.service)
    return hit.kind === "environment"
      ? go({ ...(hit.zone ? { zone: hit.zone } : {}), environment: hit.name, view: "" })
      : undefined;
  const zone = hit.zone && hit.zone !== shown.plan.zone ? { zone: hit.zone } : {};
  const environment = hit.environment ? { environment: hit.environment } : {};
  go({ ...zone, ...environment, view: "", service: hit.service, port: hit.port ? String(hit.port) : "" });
}

on_move((now, before) => {
  if (!shown.plan) return;
  const elsewhere = now.zone !== before.zone || now.environment !== before.environment;
  if (elsewhere) return settle().catch(refused);
  bars();
  show_view();
  show_details(now.service !== before.service);
  if (before.service && !now.service && !now.view) map.grid.focus(before.service);
});

one("#zone").addEventListener("change", (event) => go({ zone: event.target.value }));

// -- what the server tells

function take_rows(told) {
  told_meanwhile?.push(told);
  const { zone, environment, service, protocol, rows } = told;
  if (zone !== shown.plan?.zone || environment !== shown.environment || !shown.rows) return;
  const before = shown.rows.replace(service, protocol, rows);
  map.update(service, before);
  if (place().service === service) show_details();
  const words = change_words(before, rows);
  if (words) say(words);
}

function heard(name, data) {
  if (name === "hello") load();
  else if (name === "plan") load();
  else if (name === "rows") take_rows(data);
}

let seen = new Date();

function connection(state) {
  const dot = one("#live");
  if (state === "open") {
    dot.dataset.state = "live";
    dot.textContent = "live";
    stale("");
  } else if (dot.dataset.state !== "lost") {
    seen = new Date();
    dot.dataset.state = "lost";
    dot.textContent = "not connected";
    stale(shown.plan ? "The connection to the server is lost." : "The server does not answer.");
    if (!shown.plan) load().catch(refused); // perhaps it is only the events that do not come
  }
}

/// A banner over the page as long as what it shows may no longer be so.
function stale(sentence) {
  const banner = one("#banner");
  banner.hidden = !sentence;
  banner.textContent = sentence
    ? `${sentence} ${shown.plan ? `What you see is of ${seen.toLocaleTimeString("en-GB")}. ` : ""}Trying again …`
    : "";
  document.body.classList.toggle("stale", Boolean(sentence));
}

function refused(error) {
  if (error instanceof Refusal) stale(error.message);
  else if (error.name !== "AbortError") throw error;
}

listen("/v1/events", heard, connection);
