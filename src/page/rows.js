// The rows of one environment, and what they mean together. A row is an endpoint of a service, a port
// of the convention that is placed nowhere, or a registration.

import { Refusal } from "./api.js";

export class Rows {
  services = new Map(); // name → its rows
  ports = new Map(); // number → names of services that have it
  cells = new Map(); // "application type" → name of the service

  add(row) {
    const rows = this.services.get(row.service);
    if (rows) rows.push(row);
    else this.services.set(row.service, [row]);
    this.note(row);
  }

  /// The rows that the service has in a protocol are these now. Returns all that it had.
  replace(service, protocol, rows) {
    const before = this.of(service);
    const others = before.filter((row) => row.protocol !== protocol);
    if (rows.length + others.length) this.services.set(service, [...rows, ...others]);
    else this.services.delete(service);
    rows.forEach((row) => this.note(row));
    return before;
  }

  note(row) {
    const names = this.ports.get(row.port);
    if (!names) this.ports.set(row.port, new Set([row.service]));
    else names.add(row.service);
    if (row.application) this.cells.set(`${row.application} ${row.type}`, row.service);
  }

  of(service) {
    return this.services.get(service) ?? [];
  }

  at(port) {
    const found = [];
    for (const service of this.ports.get(port) ?? [])
      found.push(...this.of(service).filter((row) => row.port === port));
    return found;
  }

  cell(application, type) {
    return this.cells.get(`${application} ${type}`);
  }

  *all() {
    for (const rows of this.services.values()) yield* rows;
  }
}

/// Reads them in a worker. Rejects with a Refusal, or with an AbortError when the signal says so.
export function read_rows(zone, environment, signal) {
  return new Promise((resolve, reject) => {
    const worker = new Worker("/page/rows_worker.js");
    const end = (settle, value) => {
      worker.terminate();
      settle(value);
    };
    signal.addEventListener("abort", () => end(reject, new DOMException("another was asked for", "AbortError")));
    const rows = new Rows();
    worker.addEventListener("message", ({ data }) => {
      if (data.rows) data.rows.forEach((row) => rows.add(row));
      else if (data.end) end(resolve, rows);
      else end(reject, new Refusal(data.status, data.refusal));
    });
    worker.addEventListener("error", () => end(reject, new Refusal(0, "The browser could not read the ports.")));
    worker.postMessage({ url: `/v1/map?${new URLSearchParams({ zone, environment })}` });
  });
}

/// The row's state, a key of STATES: its verdict, or that it is placed nowhere.
export const state_of = (row) => row.verdict || (row.host || row.registration !== undefined ? "unchecked" : "unplaced");

export const STATES = {
  passing: "passing",
  warning: "warning",
  critical: "critical",
  unknown: "not known yet",
  draining: "draining",
  maintenance: "in maintenance",
  unchecked: "not checked",
  unplaced: "placed nowhere",
};

/// How many rows are in which state: {passing: 3, …}.
export function tally(rows) {
  const counts = {};
  for (const row of rows) counts[state_of(row)] = (counts[state_of(row)] ?? 0) + 1;
  return counts;
}

/// "jb1:10104": what a change of state is told by.
export const endpoint_key = (row) => `${row.host}:${row.port}/${row.protocol}${row.registration ?? ""}`;
