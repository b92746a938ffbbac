// Runs one case of cases.js in Chromium: node run.js CASE BASE [ARGUMENTS as JSON]
//
// Whatever the case is about, it fails when the page has an error, breaks its Content-Security-Policy, or asks
// anybody but the server. A case asks the test for help by a line {"do": …} on standard output, and waits for one back.
const readline = require("node:readline");
const { chromium } = require("playwright-core");
const cases = require("./cases.js");

const [name, base, words = "{}"] = process.argv.slice(2);
const slowness = Number(process.env.SLOWNESS ?? 1);
const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function help(what) {
  process.stdout.write(`${JSON.stringify({ do: what })}\n`);
  return (await answers.next()).value;
}

/// What a page may not do, gathered while a case runs.
class Watched {
  problems = [];
  requests = [];

  async open(browser, options = {}) {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(15_000 * slowness);
    await context.addInitScript(() =>
      addEventListener("securitypolicyviolation", (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
      ),
    );
    context.on("request", (request) => {
      const url = request.url();
      this.requests.push(url);
      if (!url.startsWith(`${base}/`) && !url.startsWith("data:")) this.problems.push(`a request to ${url}`);
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => this.problems.push(error.stack));
    page.on("console", (message) => {
      if (message.type() === "error" && !this.expected?.test(message.text())) this.problems.push(message.text());
    });
    return page;
  }
}

/// Opens the page at a place, and waits until it is whole.
async function visit(page, place = "/") {
  await page.goto(base + place);
  await page.locator("#map:not([aria-busy])").waitFor({ state: "attached" });
}

async function main() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-dev-shm-usage"], // only here: tests run as root, with little shared memory
  });
  const watched = new Watched();
  try {
    const tools = { base, slowness, help, watched, open: (options) => watched.open(browser, options), visit };
    await cases[name](tools, JSON.parse(words));
    if (watched.problems.length) throw new Error(`the page did what it must not:\n${watched.problems.join("\n")}`);
  } finally {
    await browser.close();
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error.stack ?? error);
    process.exit(1);
  },
);
