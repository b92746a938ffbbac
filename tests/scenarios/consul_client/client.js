// A program as people write them with npm's `consul`: it registers what it listens on, reports a
// heartbeat, watches another service, and finds what is healthy. Each line that it prints is read
// by test.py, and each line that it reads is a command.
"use strict";
const Consul = require("consul");
const net = require("net");
const readline = require("readline");

const consul = new Consul({ host: "127.0.0.1", port: Number(process.env.API_PORT), defaults: { token: process.env.TOKEN } });
const say = (what, value) => console.log(JSON.stringify({ what, value }));
const id = "my-service-js";

const commands = {
  async register() {
    const server = net.createServer((socket) => socket.end()).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const port = server.address().port;
    await consul.agent.service.register({
      name: "my-service", id, address: "127.0.0.1", port, tags: ["js"], meta: { srv_priority: "7" },
      check: { ttl: "10s", deregistercriticalserviceafter: "1m" },
    });
    return port;
  },
  async pass() { await consul.agent.check.pass({ id: `service:${id}`, note: "fine" }); },
  async fail() { await consul.agent.check.fail(`service:${id}`); },
  async maintenance() { await consul.agent.service.maintenance({ id, enable: true, reason: "an upgrade" }); },
  async resume() { await consul.agent.service.maintenance({ id, enable: false }); },
  async deregister() { await consul.agent.service.deregister(id); },
  async services() { return Object.keys(await consul.agent.services()); },
  async healthy() {
    const found = await consul.health.service({ service: "my-service", passing: true });
    return found.map((each) => [each.Service.ID, each.Service.Address, each.Service.Port, each.Service.Tags]);
  },
  async nodes() { return (await consul.catalog.service.nodes("my-service")).map((each) => each.ServicePort); },
  async leader() { return consul.status.leader(); },
  async unknown() {
    try {
      await consul.agent.check.pass("nothing");
    } catch (error) {
      return [error.statusCode, error.message];
    }
  },
  async watch() {
    const watch = consul.watch({ method: consul.health.service, options: { service: "my-service", passing: true, wait: "20s" } });
    watch.on("change", (data) => say("change", data.map((each) => each.Service.ID)));
    watch.on("error", (error) => say("error", error.message));
  },
};

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  try {
    say(line, (await commands[line]()) ?? null);
  } catch (error) {
    say("error", `${line}: ${error.message}`);
  }
}).on("close", () => process.exit(0));
