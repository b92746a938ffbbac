#!/usr/bin/python3
"""tools/bench/docs.py --write | --check: docs/performance.md's figures and plots, from the stored results.

The results are docs/performance/*.json, which tools/bench/compare --keep writes. The part of the
document between the two marks is made of them, and so are the plots beside them. --check fails when
something is not as --write would make it.
"""

import pathlib
import sys

import make_plan
import plot
import report

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "performance.md"
RESULTS = ROOT / "docs" / "performance"
BEGIN, END = "<!-- made by tools/bench/docs.py: begin -->", "<!-- made by tools/bench/docs.py: end -->"
MODES = ("udp", "tcp", "tcp-single")


def write():
    for path, text in made().items():
        path.write_text(text)


def check():
    """The files that are not as they would be made."""
    return [path for path, text in made().items() if not path.exists() or path.read_text() != text]


def made():
    """{path: text} of all that is made."""
    results = [report.load(path) for path in RESULTS.glob("*.json")]
    order = list(make_plan.SIZES)
    results.sort(key=lambda result: (MODES.index(result["mode"]), result["from"], order.index(result["size"])))
    files = {}
    sections = []
    for mode in MODES:
        of_plans = [result for result in results if result["mode"] == mode and result["from"] == "plan"]
        if of_plans:
            drawing = RESULTS / f"{mode}.svg"
            files[drawing] = plot.draw(of_plans)
            sections.append(f"![Processor time a query]({drawing.relative_to(PAGE.parent)})")
        sections += [section(result) for result in results if result["mode"] == mode]
    sections = sections or ["No result is stored yet."]
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    files[PAGE] = "\n\n".join([before + BEGIN, *sections, END]) + after
    return files


def section(result):
    machine = result["machine"]
    versions = ", ".join(f"{server['name']} {server['version']}" for server in result["servers"] if server["version"])
    return "\n\n".join([
        f"### {report.title(result)}", report.markdown(result),
        f"`{result['command']}` on {result['when']}, {machine['processor']}, {machine['processors']} processors, "
        f"Linux {machine['kernel']}. {versions}."])


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    elif sys.argv[1:] == ["--check"]:
        stale = check()
        if stale:
            sys.exit("tools/bench/docs.py --write would change " + ", ".join(str(path.relative_to(ROOT)) for path in stale))
    else:
        sys.exit(__doc__)
