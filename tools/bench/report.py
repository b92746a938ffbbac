"""Results: from the runs to figures, and to a table. Results are stored as JSON, one file a mode and size."""

import json
import math
import statistics

CALM = 0.08  # of a processor: a run is calm when others took no more of the two processors meanwhile
FEWEST = 3  # calm runs without which all are used


def us_per_query(run):
    return (run["user"] + run["system"]) / run["answered"] * 1e6


def user_us(run):
    return run["user"] / run["answered"] * 1e6


def rate(run):
    return run["answered"] / run["seconds"]


def name_of(result):
    records = f"-{result['dnssec']}" if result.get("dnssec") else "-records" if result["from"] == "records" else ""
    cookies = "-cookies" if result.get("cookies") else ""
    return f"{result['mode']}-{result['size']}{records}{cookies}"


def store(result, folder):
    """Writes FOLDER/NAME.json, a run a line, and returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    head = json.dumps({key: value for key, value in result.items() if key != "runs"}, indent=1)
    runs = ",\n  ".join(json.dumps(run) for run in result["runs"])
    path = folder / f"{name_of(result)}.json"
    path.write_text(f'{head[:-2]},\n "runs": [\n  {runs}\n ]\n}}\n')
    return path


def load(path):
    return json.loads(path.read_text())


def summary(result):
    """{server's name: its figures}, medians of the calm runs; or of all, where fewer than FEWEST were calm.

    `ratio` is portolan's time a query by this server's; `low` and `high` hold the middle half of the ratios
    of the rounds, in each of which both were measured.
    """
    figures = {}
    for server in result["servers"]:
        runs = _usable([run for run in result["runs"] if run["server"] == server["name"]])
        figures[server["name"]] = {
            **server,
            "us": statistics.median(map(us_per_query, runs)),
            "user_us": statistics.median(map(user_us, runs)),
            "rate": statistics.median(map(rate, runs)),
            "busy": statistics.median((run["user"] + run["system"]) / run["seconds"] for run in runs),
            "lost": sum(run["lost"] for run in runs),
            "octets": statistics.median(run["octets"] / run["answered"] for run in runs),
            "calm": sum(run["calm"] for run in runs),
            "runs": len(runs),
            "by_round": {run["round"]: us_per_query(run) for run in runs},
        }
    ours = figures["portolan"]
    for theirs in figures.values():
        pairs = [_ratio(us, theirs["by_round"][number]) for number, us in ours["by_round"].items()
                 if number in theirs["by_round"]]
        theirs["ratio"] = _ratio(ours["us"], theirs["us"])
        theirs["low"], theirs["high"] = _middle_half(pairs)
        theirs["pairs"] = len(pairs)
    return figures


def _usable(runs):
    calm = [run for run in runs if run["calm"]]
    return calm if len(calm) >= min(FEWEST, len(runs)) else runs


def _ratio(ours, theirs):
    return ours / theirs if theirs else math.inf  # a run of less than a tick of processor time


def _middle_half(values):
    if len(values) < 2:
        return min(values, default=0.0), max(values, default=0.0)
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


HEADINGS = ("server", "µs a query", "of them user", "portolan ÷ it", "middle half", "queries a second", "busy",
            "octets", "peak MiB", "Pss MiB", "first answer s", "CPU s", "calm runs")


def rows(result):
    """The table's cells as text, the cheapest server first."""
    for name, of in sorted(summary(result).items(), key=lambda item: item[1]["us"]):
        ours = name == "portolan"
        yield (name, f"{of['us']:.2f}", f"{of['user_us']:.2f}", "" if ours else f"{of['ratio']:.2f}",
               "" if ours else f"{of['low']:.2f}–{of['high']:.2f}", _grouped(of["rate"]),
               f"{of['busy']:.0%}", f"{of['octets']:.0f}", f"{of['peak_mib']:.0f}", f"{of['pss_mib']:.0f}",
               f"{of['start_seconds']:.2f}", f"{of['start_cpu']:.2f}", f"{of['calm']}/{of['runs']}")


def title(result):
    modes = {"udp": "UDP", "tcp": "TCP, pipelined", "tcp-single": "TCP, one query a connection"}
    served = ", from a master file" if result["from"] == "records" else ""
    if result.get("dnssec"):
        served = f", signed and denied by {result['dnssec'].upper()}"
    if result.get("cookies"):
        served += ", with cookies"
    return f"{modes[result['mode']]}, {_grouped(result['srv_records'])} SRV records{served}"


def _grouped(number):
    return f"{number:,.0f}".replace(",", " ")


def text(result):
    """The table for a terminal."""
    table = [HEADINGS, *rows(result)]
    widths = [max(map(len, column)) for column in zip(*table)]
    lines = [title(result)]
    for row in table:
        lines.append("  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in
                                                          zip(row[1:], widths[1:]))]).rstrip())
    return "\n".join([*lines, *remarks(result)])


NOT_IN_DOCUMENTS = {"octets", "Pss MiB", "CPU s"}


def markdown(result):
    """The same for a document, without what only explains it."""
    shown = [number for number, heading in enumerate(HEADINGS) if heading not in NOT_IN_DOCUMENTS]
    lines = ["| " + " | ".join(row[number] for number in shown) + " |" for row in (HEADINGS, *rows(result))]
    lines.insert(1, "| --- |" + " ---: |" * (len(shown) - 1))
    return "\n".join([*lines, "", *remarks(result)])


def remarks(result):
    """What one must know to read the table."""
    figures = summary(result)
    for name, of in figures.items():
        if of["adds"]:
            yield f"{name} adds to its answers: {of['adds']}."
        if of["lost"]:
            yield f"{name} left {of['lost']} questions without an answer."
    noisy = [name for name, of in figures.items() if of["calm"] < of["runs"]]
    if noisy:
        yield (f"Not calm: other processes took more than {CALM:.0%} of a processor during runs of "
               f"{', '.join(noisy)}.")
