"""Whoever waits at a terminal sees how far long work has come; files and pipes see nothing of it."""
# ctest: tsan
import os
import pty
import re
import select
import subprocess
import sys

from portolan_scenario import LAUNCHER, PROGRAM, ROOT, Scenario, SLOWNESS, main, portolan

sys.path.insert(0, str(ROOT / "tools" / "bench"))
import make_plan  # noqa: E402

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
    def large_plan(self):
        size = make_plan.Size("test", 12, 99) if SLOWNESS > 1 else make_plan.SIZES["100k"]
        return self.write("fleet.yaml", "\n".join(make_plan.plan(size)))

    def test_a_check_of_a_large_plan_says_how_far_it_is(self):
        plan = self.large_plan()
        written, status = at_a_terminal("check", plan)
        self.assertEqual(status, 0, written)
        lines = [each.decode() for each in written.split(WIPE)]
        self.assertEqual((lines[0], lines[-1]), ("", ""), "nothing is left of it")
        drawn = lines[1:-1]
        self.assertTrue(drawn, "it took longer than half a second")
        for each in drawn:
            self.assertRegex(each, rf"^(reading|checking the (ports|names) of) .*{plan.name}"
                                   r"( \[=*>? *\] +\d+ %)? \d+ s$" if len(str(plan)) < 40 else r" \d+ s$")
        percents = [[int(found) for found in re.findall(r"(\d+) %", each)] for each in drawn]
        self.assertTrue(any(percents), drawn)

    def test_nothing_is_drawn_where_nobody_sees_it(self):
        plan = self.large_plan()
        self.assertEqual(at_a_terminal("check", plan, terminal="dumb"), (b"", 0))
        piped = portolan("check", plan)
        self.assertEqual((piped.returncode, piped.stderr), (0, ""))

    def test_what_ends_soon_draws_nothing(self):
        self.assertEqual(at_a_terminal("explain", "10104", "--plan", ROOT / "zones" / "elements.yaml"), (b"", 0))


if __name__ == "__main__":
    main()
