"""tools/bench/compare: portolan beside other name servers, on the same zone, in the same run.

Each server has one worker on one processor, the load generator has another one. All servers stay up;
the load goes round them, so that a pair of figures is made within the same half minute. The figure
that counts is the processor time of the server for an answered question.
"""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "scenarios"))
import accounting  # noqa: E402
import agreement  # noqa: E402
import docs  # noqa: E402
import make_plan  # noqa: E402
import questions  # noqa: E402
import report  # noqa: E402
import servers  # noqa: E402

GENERATORS = {"udp": "udp_flood", "tcp": "tcp_flood", "tcp-single": "tcp_single"}
# Every question is asked once before anything is measured, so that caches are warm; so long at most.
WARM_UP = {"udp": "udp_flood", "tcp": "tcp_flood", "tcp-single": "tcp_flood"}
WARM_SECONDS = 60
SOCKETS = 8  # Knot's listen backlog is 10: more connections at a time would wait for retransmissions
WINDOW = 24


def say(text):
    print(text, file=sys.stderr, flush=True)


def prepare(options, folder):
    """Makes the plan, the zone and the questions; returns (Zone, questions)."""
    size = make_plan.SIZES[options.size]
    plan, text = folder / "plan.yaml", folder / "zone"
    plan.write_text("\n".join(make_plan.plan(size)) + "\n")
    with open(text, "wb") as out:
        subprocess.run([options.build / "portolan", "zone", plan], stdout=out, check=True)
    if options.dnssec:
        sign(options, text)
        options.source = "records"
    if options.source == "records":
        plan = folder / "records.yaml"
        plan.write_text(f"zone: {make_plan.ZONE}\nrecords: {text.name}\n")
    asked = list(questions.draw(size, questions.COUNTS[options.size]))
    questions.write(asked, folder / "questions", bool(options.dnssec))
    probe = questions.message(next(question for question in asked if question.kind == "SRV"))
    return servers.Zone(make_plan.ZONE, plan, text, probe, options.build, options.cookies), asked


def sign(options, text):
    """Signs the zone in its file with one key: all servers serve the same signatures."""
    def run(*command):
        done = subprocess.run(command, cwd=text.parent, capture_output=True, text=True)
        if done.returncode != 0:
            raise servers.StartError(f"{command[0]}: {done.stderr}")
    run("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", make_plan.ZONE)
    denial = ["-3", "-", "-H", "0"] if options.dnssec == "nsec3" else []
    say(f"the zone is being signed ({options.dnssec})")
    run("dnssec-signzone", "-z", "-S", "-P", "-O", "full", *denial, "-o", make_plan.ZONE, "-f", text.name, text.name)


def start_all(options, zone, asked, folder, stack):
    """Starts portolan, which tells how long the echo's replies are to be, and then the others."""
    start_on = range(os.cpu_count()) if options.start_on == "all" else None

    def start(kinds):
        return stack.enter_context(servers.started(kinds, zone, folder, options.server_cpu, start_on, say))

    portolan, = start([servers.Portolan])
    zone = zone.with_echo_octets(agreement.mean_octets(portolan, asked[:2000], bool(options.dnssec)))
    return [portolan, *start([kind for kind in options.kinds if kind is not servers.Portolan])]


class Bench:
    """The running servers and the load that goes round them."""

    def __init__(self, options, running, asked, folder):
        self.options = options
        self.running = running
        self.asked = asked
        self.folder = folder
        self.with_cookies = {}  # the files of questions with the cookies of each server

    def measure(self, mode):
        """Runs all rounds of a mode; returns its result, as it is stored."""
        taking_part = [server for server in self.running if server.speaks_tcp or mode == "udp"]
        if self.options.cookies:
            self._fetch_cookies(taking_part)
        notes = agreement.check([server for server in taking_part if server.is_name_server], self.asked,
                                tcp=mode != "udp", want_dnssec=bool(self.options.dnssec))
        say(f"{mode}: all answers agree")
        for server in taking_part:
            self._load(server, WARM_UP[mode], WARM_SECONDS, "--count", len(self.asked))
        runs = [run for number in range(self.options.rounds) for run in self._round(taking_part, mode, number)]
        return {
            "mode": mode, "size": self.options.size, "from": self.options.source, "dnssec": self.options.dnssec,
            "srv_records": make_plan.SIZES[self.options.size].srv_records,
            "questions": {"count": len(self.asked), "percent": questions.SHARES, "seed": questions.SEED},
            "when": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
            "machine": machine(),
            "command": self.options.command,
            "cookies": self.options.cookies,
            "load": {"sockets": self.options.sockets, "window": WINDOW if mode != "tcp-single" else 1,
                     "seconds": self.options.seconds, "rounds": self.options.rounds},
            "servers": [self._describe(server, notes) for server in taking_part],
            "runs": runs,
        }

    def _fetch_cookies(self, taking_part):
        """Has each server that gives cookies give one, which its questions then show: it is good for an hour."""
        for server in taking_part:
            probe = questions.message(self.asked[0], cookie=questions.CLIENT_COOKIE)
            cookie = questions.cookie_in(server.ask(probe)) if server.is_name_server else b""
            if server.is_name_server and len(cookie) <= len(questions.CLIENT_COOKIE):
                raise servers.StartError(f"{server.name} gives no cookie")
            self.with_cookies[server] = self.folder / f"questions-{server.name}"
            questions.write(self.asked, self.with_cookies[server], bool(self.options.dnssec),
                            cookie or questions.CLIENT_COOKIE * 3)

    def _round(self, taking_part, mode, number):
        turn = number % len(taking_part)  # nobody is always the first
        for server in taking_part[turn:] + taking_part[:turn]:
            for attempt in range(self.options.retries + 1):
                run = self._run(server, mode, number)
                if run["calm"] or attempt == self.options.retries:
                    break
            say(f"  {number + 1}/{self.options.rounds} {server.name:9} {report.us_per_query(run):6.2f} µs a query, "
                f"{report.rate(run):7.0f} a second{'' if run['calm'] else '; not calm'}")
            yield run

    def _run(self, server, mode, number):
        processors = {self.options.server_cpu, self.options.load_cpu}
        busy, cpu, begin = accounting.busy(processors), accounting.cpu_of(server.pid), time.monotonic()
        told, load_seconds = self._load(server, GENERATORS[mode], self.options.seconds,
                                        "--first", number * 7919)  # all servers of a round are asked the same
        wall = time.monotonic() - begin
        used = accounting.cpu_of(server.pid) - cpu
        foreign = max(0.0, accounting.busy(processors) - busy - used.total - load_seconds) / wall
        if not told["answered"]:
            raise servers.StartError(f"{server.name} answers nothing any more:\n{server.log[-2000:]}")
        return {"server": server.name, "round": number, **told, "user": round(used.user, 3),
                "system": round(used.system, 3), "load": round(load_seconds, 3), "foreign": round(foreign, 3),
                "calm": foreign <= report.CALM}

    def _load(self, server, program, seconds, *more):
        """Runs a generator; returns what it told and the processor time that it took."""
        command = [self.options.build / "tests/load" / program, server.endpoint,
                   self.with_cookies.get(server, self.folder / "questions"), "--seconds", seconds,
                   "--sockets", self.options.sockets, "--window", WINDOW, *more]
        with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True,
                              preexec_fn=lambda: os.sched_setaffinity(0, {self.options.load_cpu})) as process:
            told = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise servers.StartError(f"{program} ended with {process.returncode}")
        return json.loads(told), usage.ru_utime + usage.ru_stime

    @staticmethod
    def _describe(server, notes):
        memory = accounting.memory_of(server.pid)
        return {"name": server.name, "version": server.version(), "adds": notes.get(server.name, ""),
                "start_seconds": round(server.start_seconds, 3), "start_cpu": round(server.start_cpu, 2),
                "peak_mib": round(memory.peak, 1), "pss_mib": round(memory.proportional, 1)}


def machine():
    model = "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {"processor": model, "processors": os.cpu_count(), "kernel": platform.release()}


def read_options(words):
    by_name = {kind.name: kind for kind in servers.ALL}
    parser = argparse.ArgumentParser(
        prog="tools/bench/compare", description=__doc__.partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--size", choices=make_plan.SIZES, default="1.4k", help="SRV records of the plan (default 1.4k)")
    add("--from", dest="source", choices=("plan", "records"), default="plan",
        help="what portolan serves: the plan, or the exported zone as the records of a plan (default plan)")
    add("--dnssec", choices=("nsec", "nsec3"),
        help="sign the zone, which all serve from its file, and ask with DO")
    add("--udp", dest="modes", action="append_const", const="udp", help="over UDP (the default)")
    add("--tcp", dest="modes", action="append_const", const="tcp", help="over TCP, many questions a connection")
    add("--tcp-single", dest="modes", action="append_const", const="tcp-single",
        help="over TCP, a connection for each question")
    add("--cookies", action="store_true",
        help="each question shows a good DNS cookie, and each answer brings one")
    add("--servers", default=",".join(by_name), metavar="A,B", help="(default %(default)s)")
    add("--rounds", type=_number(int, 1, 99), default=9, help="interleaved runs of each server (default 9)")
    add("--seconds", type=_number(float, 0.1, 60), default=3, help="of each run (default 3)")
    add("--retries", type=_number(int, 0, 9), default=2, help="of a run that was not calm (default 2)")
    add("--sockets", type=_number(int, 1, 1024), default=SOCKETS,
        help=f"of the load (default {SOCKETS})")
    add("--server-cpu", type=int, default=0, metavar="N", help="the servers' processor (default 0)")
    add("--load-cpu", type=int, default=1, metavar="N", help="the load's processor (default 1)")
    add("--start-on", choices=("one", "all"), default="one",
        help="processors that a server may use until its first answer (default one)")
    add("--json", type=pathlib.Path, metavar="FOLDER", help="where results go (default build/bench)")
    add("--keep", action="store_true", help="put the results into docs/performance and docs/performance.md")
    add("--build", type=pathlib.Path, default=ROOT / "build", metavar="FOLDER", help="with the programs")
    options = parser.parse_args(words)
    unknown = [name for name in options.servers.split(",") if name not in by_name]
    if unknown:
        parser.error(f"--servers knows {', '.join(by_name)}, and not {', '.join(unknown)}")
    wanted = [by_name[name] for name in options.servers.split(",")]
    options.kinds = [kind for kind in servers.ALL if kind in wanted or kind is servers.Portolan]
    options.modes = options.modes or ["udp"]
    if options.cookies and options.keep:
        parser.error("--keep keeps the figures without cookies")
    here = os.sched_getaffinity(0)
    if options.server_cpu == options.load_cpu or not {options.server_cpu, options.load_cpu} <= here:
        parser.error(f"the servers and the load need a processor each; this process may use {sorted(here)}")
    options.build = options.build.resolve()
    options.json = docs.RESULTS if options.keep else options.json or options.build / "bench"
    options.command = " ".join(["tools/bench/compare", *words])
    return options


def _number(kind, least, most):
    def read(text):
        value = kind(text)
        if not least <= value <= most:
            raise ValueError
        return value
    read.__name__ = f"number from {least} to {most}"
    return read


def main():
    options = read_options(sys.argv[1:])
    for kind in options.kinds:
        if kind.path() is None:
            sys.exit(f"{kind.name} is not installed: tools/install bench")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portolan-bench-")))
        zone, asked = prepare(options, folder)
        os.sched_setaffinity(0, {options.load_cpu})
        bench = Bench(options, start_all(options, zone, asked, folder, stack), asked, folder)
        for mode in options.modes:
            result = bench.measure(mode)
            file = report.store(result, options.json)
            print(report.text(result))
            say(f"stored in {file}")
    if options.keep:
        docs.write()


if __name__ == "__main__":
    try:
        main()
    except (agreement.Disagreement, servers.StartError) as error:
        sys.exit(str(error))
