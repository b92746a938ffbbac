// What the page must do, a function a case. test.py tells which plan the server has in each.
const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const fs = require("node:fs");

const port = (page, number) => page.locator("#grid .port").filter({ hasText: new RegExp(`^${number}$`) });
const in_state = (page, number, state) =>
  page.locator(`#grid .port[data-state="${state}"]`).filter({ hasText: String(number) });
const details_of = (page) => page.getByRole("complementary", { name: "Details" });
const hits = (page) => page.locator("#hits [role=option]");
const search_box = (page) => page.getByRole("combobox", { name: "A port or a name" });

async function search_for_a_number({ open, visit }) {
  const page = await open();
  await visit(page, "/?environment=prod");
  await page.keyboard.press("/");
  await page.keyboard.type("40805");
  const hit = hits(page).first();
  await hit.filter({ hasText: "oxygen snmp, instance 4" }).waitFor();
  assert.match(await hit.innerText(), /40805\/udp/);
  const found = page.locator("#grid .port.found");
  assert.equal(await found.innerText(), "40805");
  assert.match(await found.getAttribute("aria-label"), /^instance 4, 40805 at jb1/);
  assert.ok(await found.evaluate((each) => each.getBoundingClientRect().bottom <= innerHeight), "its cell is in view");
  await page.keyboard.press("Enter");
  const details = details_of(page);
  assert.equal(await details.getByRole("heading", { level: 2 }).innerText(), "oxygen snmp");
  await details.getByText("40805 = 4 (instance) 08 (oxygen) 05 (snmp)").waitFor();
  await details.getByText("lies in Linux's ephemeral range").waitFor();
  await details.getByText("dig +short SRV _oxygen-snmp._udp.prod.svc.corp.example").waitFor();
  assert.match(page.url(), /service=oxygen-snmp&port=40805$/);
}

async function search_for_words({ open, visit, watched }) {
  watched.expected = /status of 404/; // nobody knows the name
  const page = await open();
  await visit(page, "/?zone=svc.corp.example");
  for (const [words, expected] of [
    ["oxygen snmp", "oxygen snmp"],
    ["web-team", "application hydrogen"],
    ["user-api", "user-api is a service of the registry"],
    ["jb1.prod:10104", "10104 is hydrogen-ajp at jb1 of prod."],
    ["59999", "59999"],
  ]) {
    await search_box(page).fill(words);
    await hits(page).filter({ hasText: expected }).first().waitFor();
  }
  await search_box(page).fill("zzz-nothing");
  await page.locator("#hits").getByText("Nothing has that.").waitFor();
}

/// A program that listens there, and can be killed.
async function listener(host, number) {
  const code = `require("node:net").createServer().listen(${number}, "${host}", () => console.log("listening"))`;
  const program = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  await once(program.stdout, "data");
  return program;
}

/// One second, from the kill to the cell, where a check is made each 100 ms and the second failure counts.
async function killed_endpoint({ open, visit, slowness }, { host, number, other }) {
  const listening = await listener(host, number);
  const page = await open();
  await visit(page);
  await in_state(page, number, "passing").waitFor();
  await page.evaluate((text) => {
    const grid = document.querySelector("#grid");
    const look = () => {
      const shown = [...grid.querySelectorAll(".port")].find((each) => each.textContent === text);
      if (shown.dataset.state === "critical") window.changed ??= performance.timeOrigin + performance.now();
    };
    new MutationObserver(look).observe(grid, { subtree: true, childList: true, attributes: true });
  }, String(number));
  const killed = performance.timeOrigin + performance.now();
  listening.kill("SIGKILL");
  await page.waitForFunction(() => window.changed); // gone, if the page were loaded anew
  const took = (await page.evaluate(() => window.changed)) - killed;
  console.error(`${number} at ${host} killed: its cell changed after ${took.toFixed(0)} ms`);
  assert.ok(took < 1000 * slowness, `its cell changed after ${took.toFixed(0)} ms`);
  await in_state(page, other, "critical").waitFor(); // nobody ever listened there
  await page
    .locator("#said")
    .filter({ hasText: `${number} at jb1 is critical` })
    .waitFor({ state: "attached" });

  await port(page, number).click();
  const newest = page.locator("#details .history li").first();
  await newest.getByText("critical").first().waitFor();
  const again = await listener(host, number);
  await in_state(page, number, "passing").waitFor();
  await newest.getByText("passing").first().waitFor();
  again.kill("SIGKILL");
}

async function accessibility({ open, visit }, { axe }) {
  const source = fs.readFileSync(axe, "utf8");
  for (const colorScheme of ["light", "dark"]) {
    const page = await open({ colorScheme });
    const judge = async (where) => {
      const { violations, passes } = await page.evaluate(`${source}; axe.run(document)`);
      const told = violations.map((each) => `${each.id}: ${each.nodes[0].html}\n${each.nodes[0].failureSummary}`);
      assert.deepEqual(told, [], `${where}, ${colorScheme}`);
      assert.ok(passes.length > 15, "axe-core has looked at something");
    };
    for (const place of [
      "/?zone=svc.corp.example&environment=prod",
      "/?zone=svc.corp.example&environment=prod&service=oxygen-snmp&port=40805",
      "/?zone=apps.corp.example&environment=prod",
      "/?zone=apps.corp.example&environment=prod&service=mongodb",
      "/?zone=apps.corp.example&view=ranges",
      "/?zone=svc.corp.example&view=findings",
    ]) {
      await visit(page, place);
      if (place.includes("service=")) await page.locator("#details .history").waitFor();
      await judge(place);
    }
    await visit(page, "/?zone=svc.corp.example&view=what-if");
    await add_application(page, "aluminium");
    await judge("what if");
    await visit(page, "/");
    await search_box(page).fill("oxygen");
    await hits(page).first().waitFor();
    await judge("search");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Token" }).click();
    await judge("token");
  }
}

async function keyboard({ open, visit }) {
  const page = await open();
  await visit(page, "/?zone=svc.corp.example&environment=prod");
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const label = () =>
    page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent.trim());
  const ports = () =>
    page.evaluate(() =>
      [...document.activeElement.querySelectorAll(".port")].map((each) => each.textContent).join(" "),
    );

  await press("Tab");
  assert.equal(await label(), "Skip to the port map");
  await press("Enter", "Tab"); // the link to the findings
  assert.match(await label(), /with findings/);
  await press("Tab");
  assert.match(await ports(), /^10101 20101/, "one Tab reaches the grid's first cell");
  await press("ArrowDown", "ArrowRight");
  assert.match(await ports(), /^10202 20202/);
  await press("End");
  assert.match(await ports(), /^10211/);
  await press("Home", "Control+End");
  assert.match(await ports(), /^11211/);
  await press("ArrowDown", "ArrowRight");
  assert.match(await ports(), /^11211/, "it ends at the edges");
  await press("Control+Home", "PageDown", "PageUp", "ArrowRight");
  assert.match(await ports(), /^10102 20102/);
  assert.equal(await page.locator("#grid [tabindex='0']").count(), 1, "one cell is Tab's");

  await press("Enter");
  assert.equal(await label(), "hydrogen jmx", "the details have the focus");
  await press("Tab");
  assert.equal(await label(), "Close the details");
  await press("Tab", "Tab", "Enter");
  await page.waitForURL(/port=20102/);
  assert.equal(await label(), "20102", "and keep it while they change");
  await press("Escape");
  assert.equal(await details_of(page).count(), 0);
  assert.match(await ports(), /^10102 20102/, "back at the cell");

  await press("/");
  await page.keyboard.type("boron");
  await page.locator("#hits").getByRole("option", { name: "application boron" }).waitFor(); // the server's hits have come too
  await press("ArrowDown", "ArrowDown");
  const chosen = page.locator("#hits").getByRole("option", { selected: true });
  assert.equal(await chosen.count(), 1);
  const title = await chosen.locator(".title").innerText();
  await press("Enter");
  assert.equal(await page.locator("#details h2").innerText(), title);
}

async function hostile_names({ open, visit }, { shown, range, service, description }) {
  const page = await open();
  await visit(page);
  for (const text of shown) await page.getByText(text, { exact: true }).first().waitFor({ state: "attached" });
  for (const view of ["findings", "what-if", "ranges"]) await visit(page, `/?view=${view}`);
  await page.locator(".range").getByText(range, { exact: true }).waitFor();
  await visit(page, `/?service=${service}`);
  await page.locator("#details .history").waitFor();
  await page.locator("#details").getByText(description, { exact: true }).first().waitFor();
  // What comes by the address is text too.
  const wild = "<img src=x onerror='globalThis.hostile = 1'>";
  await visit(page, `/?service=${encodeURIComponent(wild)}`);
  await page.locator("#details h2").getByText(wild).waitFor();
  await search_box(page).fill("script");
  await hits(page).first().waitFor();
  assert.equal(await page.locator("body img, body script").count(), 0);
  assert.equal(await page.evaluate(() => globalThis.hostile), undefined);
  assert.ok(
    await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
    "long names do not widen the page",
  );
}

async function own_origin({ open, visit, watched, base }) {
  const page = await open();
  const response = await page.goto(`${base}/`);
  const policy = response.headers()["content-security-policy"];
  assert.match(policy, /default-src 'none'/);
  assert.ok(!/unsafe|\*|http/.test(policy), policy);
  for (const view of ["", "ranges", "findings", "what-if"]) await visit(page, `/?view=${view}`);
  await visit(page, "/?zone=svc.corp.example&environment=prod&service=oxygen-snmp");
  await page.locator("#details .history").waitFor();
  await search_box(page).fill("40805");
  await hits(page).first().waitFor();
  assert.ok(watched.requests.filter((url) => url.includes("/v1/")).length > 10, "it has asked the server");
  // The browser stops what would leave.
  watched.expected = /Content Security Policy|policy: connect-src/;
  await assert.rejects(page.evaluate(() => fetch("http://127.0.0.1:9/")));
}

async function print({ open, visit }) {
  const page = await open({ colorScheme: "dark" });
  await visit(page, "/?zone=svc.corp.example&environment=prod&service=oxygen-snmp");
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  for (const panel of [".top", ".bar", "#details"]) assert.ok(!(await page.locator(panel).isVisible()), panel);
  const paper = await page.evaluate(() => ({
    ink: getComputedStyle(document.body).color,
    whole: [...document.querySelectorAll("#grid .port")].every((each) =>
      each.checkVisibility({ contentVisibilityAuto: true }),
    ),
    clipped: getComputedStyle(document.querySelector("main")).overflow,
    rows: document.querySelectorAll("#grid [role=row]").length,
  }));
  assert.deepEqual(paper, { ink: "rgb(23, 35, 46)", whole: true, clipped: "visible", rows: 13 });
  const sheets = (await page.pdf({ preferCSSPageSize: true })).toString("latin1").match(/\/Type\s*\/Page\b/g).length;
  assert.ok(sheets <= 2, `${sheets} sheets`);
}

async function narrow({ open, visit }) {
  const page = await open({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const fits = async (where) =>
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360, where);
  for (const place of [
    "/?zone=svc.corp.example&environment=prod",
    "/?zone=apps.corp.example&environment=prod",
    "/?zone=apps.corp.example&view=ranges",
    "/?zone=svc.corp.example&view=findings",
    "/?zone=svc.corp.example&view=what-if",
  ]) {
    await visit(page, place);
    await fits(place);
  }
  await add_application(page, "aluminium");
  await fits("what if, answered");
  const bar = page.getByRole("banner");
  const heights = await bar.locator("> :visible:not(.search, .unseen)").evaluateAll((all) => all.map((each) => each.offsetTop));
  assert.ok(Math.max(...heights) < 30, `all of the bar but the search is one line: ${heights}`);
  await visit(page, "/?zone=svc.corp.example&environment=prod");
  await port(page, 10102).tap();
  const details = details_of(page);
  const box = await details.boundingBox();
  assert.ok(box.x === 0 && box.width === 360 && box.y > 100, JSON.stringify(box));
  await details.getByRole("button", { name: "Close the details" }).tap();
  await details.waitFor({ state: "hidden" });
  await page.locator("main").evaluate((main) => (main.scrollLeft = 400));
  assert.equal((await page.getByRole("rowheader").first().boundingBox()).x, 0, "rows keep their names in view");
}

/// The longest task of the page's main thread meanwhile, in milliseconds of that thread's own time: what other programs
/// of the machine take away from it is not the page's doing.
async function longest_task(page, work) {
  const browser = page.context().browser();
  await browser.startTracing(page, { categories: ["toplevel", "blink.user_timing"] });
  await work();
  await page.evaluate(() => performance.mark("here"));
  const { traceEvents: events } = JSON.parse((await browser.stopTracing()).toString());
  const here = events.find((event) => event.name === "here" && event.cat.includes("blink.user_timing"));
  const tasks = events.filter(
    (event) => /RunTask$/.test(event.name) && event.pid === here.pid && event.tid === here.tid && event.tdur,
  );
  assert.ok(tasks.length > 100, `${tasks.length} tasks were seen`);
  return tasks.reduce((longest, task) => Math.max(longest, task.tdur), 0) / 1000;
}

/// No task is longer than 50 ms, from the start until all is there, while one scrolls by a wheel's click a frame,
/// searches, and opens the details. A machine's whim gets three attempts; the bound stays.
async function ten_thousand_ports({ open, visit }, { ports }) {
  const attempts = [];
  while (attempts.length < 3) {
    const page = await open();
    const longest = await longest_task(page, async () => {
      await visit(page);
      await page
        .locator(".tally")
        .getByText(`${ports.toLocaleString("en")} not checked`)
        .waitFor();
      await page.locator("main").evaluate(async (main) => {
        const end = main.scrollHeight;
        for (let at = 0; at < end; at += 120) {
          main.scrollTop = at;
          await new Promise(requestAnimationFrame);
        }
      });
      await search_box(page).fill("app50");
      await hits(page).first().waitFor();
      await page.keyboard.press("Enter");
      await page.locator("#details .why").waitFor();
      await page.waitForTimeout(300);
    });
    assert.ok((await page.locator("#grid .port").count()) > 200, "what is in view has its ports");
    await page.context().close();
    console.error(`${ports} ports: the longest task took ${longest.toFixed(1)} ms`);
    if (longest <= 50) return;
    attempts.push(longest);
  }
  assert.fail(`tasks of ${attempts.join(", ")} ms`);
}

async function lost_connection({ open, visit, help, watched }) {
  watched.expected = /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/;
  const page = await open();
  await visit(page, "/?zone=svc.corp.example&environment=prod");
  const banner = page.getByRole("alert");
  await page.locator("#live[data-state=live]").waitFor();
  assert.equal(await banner.count(), 0);
  await help("stop");
  await banner.filter({ hasText: "The connection to the server is lost." }).waitFor();
  assert.match(await banner.innerText(), /What you see is of \d\d:\d\d:\d\d\./);
  assert.equal(await port(page, 10104).count(), 1, "what was known stays");
  await help("change and start"); // magnesium has left the plan meanwhile
  await banner.waitFor({ state: "hidden" });
  await page.getByRole("rowheader", { name: "magnesium" }).waitFor({ state: "detached" });
  await page.getByRole("rowheader", { name: "sodium" }).waitFor();
}

async function plan_reloaded({ open, visit, help }) {
  const page = await open();
  await visit(page, "/?zone=svc.corp.example&environment=prod");
  await page.getByRole("rowheader", { name: "magnesium" }).waitFor();
  // Somebody reads at the bottom of a low window, with the keyboard in one cell.
  await page.setViewportSize({ width: 900, height: 400 });
  const main = page.locator("main");
  const where = () => main.evaluate(({ scrollTop, scrollLeft }) => [scrollTop, scrollLeft]);
  const chosen = port(page, 10804).locator("..");
  await chosen.focus();
  await main.evaluate((each) => Object.assign(each, { scrollTop: 150, scrollLeft: 40 }));
  const before = await where();
  assert.deepEqual(before, [150, 40]);
  await help("change");
  await page.getByRole("rowheader", { name: "magnesium" }).waitFor({ state: "detached" });
  assert.equal(await page.getByRole("rowheader").count(), 11);
  await page.locator("#map:not([aria-busy])").waitFor();
  assert.deepEqual(await where(), before, "the page is where it was");
  assert.ok(await chosen.evaluate((cell) => cell === document.activeElement), "and so is the keyboard");
}

async function add_application(page, name) {
  await page.getByLabel("Change").selectOption("application");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("button", { name: "What follows?" }).click();
  await page.locator(".result h2").waitFor();
}

async function what_if({ open, visit, watched }) {
  const page = await open();
  await visit(page, "/?zone=svc.corp.example&environment=prod&view=what-if");
  const result = page.locator(".result");
  const ask = () => page.getByRole("button", { name: "What follows?" }).click();
  await add_application(page, "aluminium");
  const words = await result.innerText();
  assert.match(words, /11301-11304, 11306, 21301-21304/);
  assert.match(words, /aluminium-ajp\/tcp: \+ 11304 jb1/);
  assert.match(words, /Names at IANA\s*nothing new/, "113xx is clean");
  await page.getByLabel("Change").selectOption("instances");
  await page.getByLabel("Up to instance").fill("6");
  await ask();
  await result.getByText("50101-50104").first().waitFor();
  await page.getByLabel("Change").selectOption("move");
  await page.getByLabel("Application", { exact: true }).selectOption("oxygen");
  await page.getByLabel("Instance", { exact: true }).fill("4");
  await page.getByLabel("To host").fill("jb2");
  await ask();
  await result.getByText("Meets nothing on any ground").waitFor();
  watched.expected = /status of 400/;
  await page.getByLabel("To host").fill("nowhere");
  await ask();
  await result.locator(".refusal").filter({ hasText: "nowhere" }).waitFor();
}

async function drain({ open, visit, watched }, { token, host, number }) {
  const page = await open();
  await visit(page, `/?service=oxygen-http&port=${number}`);
  const details = details_of(page);
  await details.locator(".history").waitFor();
  assert.equal(
    await details.getByRole("button", { name: /Drain|Maintenance/ }).count(),
    0,
    "without a token it reads only",
  );
  const use = async (text) => {
    await page.getByRole("button", { name: /^Token/ }).click();
    await page.getByRole("textbox", { name: "Token" }).fill(text);
    await page.getByRole("button", { name: "Use it" }).click();
  };
  const button = (name) => details.getByRole("button", { name: `${name} ${host}:${number}` });
  watched.expected = /status of 403/;
  await use("wrong");
  await button("Drain").click();
  await details.getByRole("alert").filter({ hasText: /token/ }).waitFor();
  await use(token);
  await button("Drain").click();
  await in_state(page, number, "draining").waitFor();
  await button("Resume").click();
  await in_state(page, number, "draining").waitFor({ state: "detached" });
  await button("Maintenance").click();
  await in_state(page, number, "maintenance").waitFor();
  await button("Resume").click();
  await button("Drain").waitFor();
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, document.cookie]),
  );
  assert.ok(!kept.includes(token), "the token is in memory only");
}

/// The lines that the details give to be copied.
async function client_lines({ open, visit }) {
  const page = await open();
  await visit(page);
  const lines = (service) =>
    page.evaluate(async (what) => (await import("/page/clients.js")).client_lines(what), service);
  const of = (kind, more = {}) => ({
    srv: `_${kind}._tcp.prod.corp.example`,
    name: kind,
    kind,
    protocol: "tcp",
    environment: "prod",
    zone: "corp.example",
    rows: [
      { host: "a1", port: 27017 },
      { host: "a2", port: 27018 },
    ],
    ...more,
  });
  for (const [service, client, expected] of [
    [
      of("mongodb", { name: "orders", srv: "_mongodb._tcp.orders.prod.corp.example" }),
      "MongoDB",
      "mongodb+srv://orders.prod.corp.example/",
    ],
    [of("ldap", { srv: "_ldap._tcp.corp.example" }), "LDAP", "ldap:///dc=corp%2Cdc=example"],
    [
      of("ldap", { srv: "_ldap._tcp.corp.example", rows: [{ host: "a1", port: 636 }] }),
      "LDAP",
      "ldaps:///dc=corp%2Cdc=example",
    ],
    [of("sip", { srv: "_sip._udp.corp.example", protocol: "udp" }), "SIP", "sip:corp.example"],
    [of("xmpp-client", { srv: "_xmpp-client._tcp.corp.example" }), "XMPP", "xmpp:corp.example"],
    [of("http"), "curl", "curl http://a1.prod.corp.example:27017/"],
    [of("postgresql"), "JDBC", "jdbc:postgresql://a1.prod.corp.example:27017,a2.prod.corp.example:27018/"],
    [of("jmx"), "JMX", "service:jmx:rmi:///jndi/rmi://a1.prod.corp.example:27017/jmxrmi"],
    [of("any"), "dig", "dig +short SRV _any._tcp.prod.corp.example"],
    [
      of("any"),
      "HAProxy",
      "server-template any- 4 _any._tcp.prod.corp.example resolvers portolan resolve-opts allow-dup-ip init-addr none check",
    ],
  ])
    assert.equal((await lines(service)).find((line) => line.client === client)?.text, expected, client);
  assert.deepEqual(await lines(of("x", { srv: "", rows: [] })), []);
}

module.exports = {
  search_for_a_number,
  search_for_words,
  killed_endpoint,
  accessibility,
  keyboard,
  hostile_names,
  own_origin,
  print,
  narrow,
  ten_thousand_ports,
  lost_connection,
  plan_reloaded,
  what_if,
  drain,
  client_lines,
};
