"""Whoever waits at a terminal sees how far long work has come; files and pipes see nothing of it."""
# ctest: tsan
import os
import pty
import re
import select
import subprocess
import threading
import unittest

import own_network
from portolan_scenario import LAUNCHER, PROGRAM, ROOT, Scenario, SLOWNESS, main

PLAN = """
zone: svc.corp.example
nameservers: {ns1: 192.0.2.53}
contact: dns@corp.example
environments: {prod: {hosts: {jb1: 10.1.0.11}}}
"""
SCANNED = f"""
zone: svc.corp.example
nameservers: {{ns1: 192.0.2.53}}
convention:
  pattern: XYYZZ
  fields: {{X: instance, YY: application, ZZ: type}}
  applications: {{{", ".join(f"app{n}: {n}" for n in range(1, 66))}}}
  types: {{http: 1, ajp: 2}}
environments:
  prod: {{hosts: {{far: 192.0.2.9}}, place: {{default: far}}}}
"""
WIPE = b"\r\x1b[K"


def at_a_terminal(*arguments, terminal="xterm", seconds=60):
    """What the command writes to standard error, which is a terminal; and its exit status."""
    ours, theirs = pty.openpty()
    command = subprocess.Popen([*LAUNCHER, PROGRAM, *map(str, arguments)], stdout=subprocess.DEVNULL,
                               stderr=theirs, env={**os.environ, "TERM": terminal})
    os.close(theirs)
    written = b""
    try:
        while select.select([ours], [], [], seconds * SLOWNESS)[0]:
            more = os.read(ours, 65536)
            written += more
            if not more:
                break
    except OSError:  # Linux ends a terminal so when its last writer has gone
        pass
    finally:
        os.close(ours)
        if command.poll() is None:
            command.wait(seconds * SLOWNESS)
    return written, command.returncode


class Progress(Scenario):
    def slow_plan(self):
        """A plan that takes more than a second to read: a pipe, into which somebody writes it then."""
        path = self.folder / "slow.yaml"
        if not path.exists():
            os.mkfifo(path)
        writing = threading.Timer(1.2, path.write_text, [PLAN])
        writing.start()
        self.addCleanup(writing.join)
        return path

    def drawn(self, written):
        """The lines that were drawn, one over the other."""
        lines = [each.decode() for each in written.split(WIPE)]
        self.assertEqual((lines[0], lines[-1]), ("", ""), "nothing is left of them")
        return lines[1:-1]

    def test_work_that_takes_long_says_what_it_does(self):
        written, status = at_a_terminal("check", self.slow_plan())
        self.assertEqual(status, 0, written)
        drawn = self.drawn(written)
        self.assertGreater(len(drawn), 2)
        for each in drawn:
            self.assertRegex(each, r"^(reading|checking) .* \d+ s$")
        self.assertRegex(drawn[-1], r" [1-9]\d* s$")

    def test_a_scan_says_how_far_it_is(self):
        # Nobody answers on that network, so that each port is waited for.
        own_network.enter("link add far type veth peer name near", "addr add 192.0.2.1/24 dev far", "link set far up",
                          "link set near up")
        plan = self.write("plan.yaml", SCANNED)
        written, status = at_a_terminal("lint", "host", "far.prod", "--remote", "--plan", plan)
        self.assertEqual(status, 1, written)
        drawn = self.drawn(written)
        percents = [int(found) for each in drawn for found in re.findall(r"(\d+) %", each)]
        self.assertEqual(percents, sorted(percents))
        self.assertGreater(len(set(percents)), 1, drawn)
        for each in drawn:
            self.assertRegex(each, r"^trying the ports of 192.0.2.9( \[=*>? *\] +\d+ %)? \d+ s$")

    def test_nothing_is_drawn_where_nobody_sees_it(self):
        self.assertEqual(at_a_terminal("check", self.slow_plan(), terminal="dumb"), (b"", 0))
        piped = subprocess.run([*LAUNCHER, PROGRAM, "check", self.slow_plan()], capture_output=True,
                               timeout=60 * SLOWNESS, env={**os.environ, "TERM": "xterm"})
        self.assertEqual((piped.returncode, piped.stderr), (0, b""))

    @unittest.skipIf(SLOWNESS > 1, "nothing ends soon in a sanitized build")
    def test_what_ends_soon_draws_nothing(self):
        self.assertEqual(at_a_terminal("explain", "10104", "--plan", ROOT / "zones" / "elements.yaml"), (b"", 0))


if __name__ == "__main__":
    main()
