"""tools/prove workers: what a second worker on a second processor is worth.

A machine of two processors has none left for the load, so rates say nothing: the load takes its share of
them. The time of the workers' own threads for a query is exact, though (the scheduler keeps it in
nanoseconds), and two workers are worth 2 × the time of one by the time of two. Three set-ups take turns:

    apart    one worker on one processor, the load on the other
    beside   one worker on one processor, the load on both: what it costs to share a processor with it
    two      a worker on each, the load on both
"""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "scenarios"))
import make_plan  # noqa: E402
import portolan_scenario as scenario  # noqa: E402
import questions  # noqa: E402

ROUNDS = int(os.environ.get("PORTOLAN_ROUNDS", "9"))
SECONDS = 1
SIZE = "1.4k"
SOCKETS, WINDOW = 16, 24  # of each load; the system spreads sockets over workers by their hash
LEAST = 1.8  # that two workers have to be worth
MODES = {"udp": "udp_flood", "tcp": "tcp_flood"}


class Setup(NamedTuple):
    name: str
    workers: int
    load_on: tuple


SETUPS = (Setup("apart", 1, (1,)), Setup("beside", 1, (0, 1)), Setup("two", 2, (0, 1)))


class Run(NamedTuple):
    cost: float  # µs of the workers for a query
    shares: list  # of the workers' time, each worker's


def start(workers, plan, folder):
    """A server whose workers have a processor each. The program's other threads do nothing meanwhile."""
    server = scenario.Server([plan], folder / f"server{workers}",
                             arguments=["--workers", workers, "--no-watch", "--log-level", "warn"]).start()
    for processor, thread in enumerate(worker_threads(server)):
        os.sched_setaffinity(thread, {processor})
    assert len(worker_threads(server)) == workers
    return server


def worker_threads(server):
    return sorted({int(thread) for thread in os.listdir(f"/proc/{server.pid}/task")} - {server.pid})


def seconds_of(server):
    """What each worker has used."""
    return [int(pathlib.Path(f"/proc/{server.pid}/task/{thread}/schedstat").read_text().split()[0]) / 1e9
            for thread in worker_threads(server)]


def measure(server, setup, mode, asked, seconds=SECONDS):
    before = seconds_of(server)
    loads = [subprocess.Popen(
        [ROOT / "build/tests/load" / MODES[mode], scenario.endpoint_text(server.address, server.port), asked,
         "--seconds", str(seconds), "--sockets", str(SOCKETS), "--window", str(WINDOW)],
        stdout=subprocess.PIPE, preexec_fn=lambda: os.sched_setaffinity(0, {processor}))
        for processor in setup.load_on]
    answered = sum(json.loads(load.communicate()[0])["answered"] for load in loads)
    used = [after - earlier for after, earlier in zip(seconds_of(server), before)]
    return Run(sum(used) / answered * 1e6, [seconds / sum(used) for seconds in used])


def quartiles(values):
    return "{:.2f} ({:.2f} to {:.2f})".format(*(statistics.quantiles(values, n=4)[i] for i in (1, 0, 2)))


def prove(mode, servers, asked):
    for setup in SETUPS:
        measure(servers[setup.workers], setup, mode, asked, 0.3)
    rounds = [{setup.name: measure(servers[setup.workers], setup, mode, asked) for setup in SETUPS}
              for _ in range(ROUNDS)]
    print(f"{mode}: µs of the workers for a query, the median of {ROUNDS} rounds and their middle half")
    for setup in SETUPS:
        print(f"  {setup.name:7} {quartiles([run[setup.name].cost for run in rounds])}")
    shares = statistics.median(max(run["two"].shares) for run in rounds)
    print(f"  the busier of two workers did {100 * shares:.0f} % of the work")
    worth = {}
    for other in ("apart", "beside"):
        values = [2 * run[other].cost / run["two"].cost for run in rounds]
        worth[other] = statistics.median(values)
        print(f"  two are worth {quartiles(values)} of one with the load {other}")
    return worth["beside"] >= LEAST


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="portolan-workers-"))
    size = make_plan.SIZES[SIZE]
    plan, asked = folder / "plan.yaml", folder / "questions"
    plan.write_text("\n".join(make_plan.plan(size)) + "\n")
    questions.write(questions.draw(size, questions.COUNTS[SIZE]), asked)
    servers = {workers: start(workers, plan, folder) for workers in (1, 2)}
    try:
        return 0 if all([prove(mode, servers, asked) for mode in MODES]) else 1
    finally:
        for server in servers.values():
            server.stop_and_judge()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
