# ctest: label differential
# ctest: timeout 300
"""portolan, NSD and Knot serve the same zones and are asked the same questions: they say the same.

Each zone of zones/, and one of hard cases (adverse.example.zone beside this file), is exported by
`portolan zone`, loaded into NSD and Knot, and served by portolan from its plan. Thousands of
generated questions for each zone (questions.py) go to all three over UDP and TCP. Replies are decoded
by wire.py, compared by comparing.py, and may differ only by allowed.py, in under 1 % of the questions.
"""
import pathlib
import re
import sys
from collections import Counter

import portolan_scenario as scenario
from allowed import ALLOWED, allowance
from asking import ask_tcp, ask_udp
from comparing import differences, holds_whole_rrsets, kind_of
from other_servers import Knot, Nsd
from questions import questions
from wire import TYPES, Malformed, decode

HERE = pathlib.Path(__file__).parent
QUESTIONS = 20000  # for each zone
SEED = 20240101
ALLOWED_SHARE = 0.01
SRV = TYPES["SRV"]
SHOWN = 5  # differences that a failure prints
ZONE = re.compile(r"^zone:\s*(\S+)", re.MULTILINE)

# Each sort of reply that must have been met among the replies of all zones, and how often at least.
MET = {"answer": 1000, "NODATA": 1000, "NXDOMAIN": 1000, "referral": 500, "CNAME": 100, "DNAME": 50, "YXDOMAIN": 5,
       "truncated": 50, "REFUSED": 5}


def plans():
    """Zone name → plan."""
    files = sorted(scenario.ZONES.glob("*.yaml")) + [HERE / "adverse.yaml"]
    return {match.group(1).rstrip("."): file for file in files if (match := ZONE.search(file.read_text()))}


def replies(server, asked):
    """The server's replies to the questions, in their order, decoded."""
    found = [None] * len(asked)
    for tcp, ask in ((False, ask_udp), (True, ask_tcp)):
        chosen = [i for i, question in enumerate(asked) if question.tcp == tcp]
        octets = ask(server.address, server.port, [asked[i].wire() for i in chosen])
        for i, reply in zip(chosen, octets):
            try:
                found[i] = decode(reply)
            except Malformed as error:
                raise AssertionError(f"a malformed reply to {asked[i]} ({error}): {reply.hex()}") from None
    return found


def hangs_knot(question, ours):
    """True for a question that Knot 3.2.6 (of Debian 12) never comes back from.

    It repeats a target's addresses for each SRV record; when the repetitions of a large RRset fill a
    UDP reply, its worker loops in knot_pkt_put_rotate for good. Over TCP it answers.
    """
    targets = [record.rdata[6:] for record in ours.answer if record.type == SRV]
    return not question.tcp and len(targets) > 16 and len(set(targets)) < len(targets)


class Tally:
    """What became of the comparisons of one zone with one server."""

    def __init__(self, zone, server):
        self.zone, self.server = zone, server
        self.asked = self.agreeing = 0
        self.allowed = Counter()  # entry name → how many
        self.wrong = []

    def compare(self, question, ours, theirs):
        self.asked += 1
        found = differences(question, ours, theirs, sheds_additional=self.server == "NSD")
        if not found:
            self.agreeing += 1
        elif entry := allowance(question, ours, theirs, found):
            self.allowed[entry.name] += 1
        else:
            self.wrong.append((question, found, ours, theirs))

    def complaint(self):
        lines = [f"{self.zone}: {len(self.wrong)} replies differ from {self.server}'s"]
        for question, found, ours, theirs in self.wrong[:SHOWN]:
            lines += [f"{question}: {', '.join(sorted(found))}", f" portolan: {ours}", f" {self.server}: {theirs}"]
        return "\n".join(lines)


class Differential(scenario.Scenario):
    def test_portolan_nsd_and_knot_say_the_same(self):
        server = self.serve(*plans().values())
        files = {zone: self.export(server, zone, plan) for zone, plan in plans().items()}
        others = []
        for kind in (Nsd, Knot):
            others.append(kind(self.folder / kind.name, files))
            self.addCleanup(others[-1].stop)
            others[-1].start()

        tallies, kinds = [], Counter()
        for zone, file in files.items():
            asked = questions(file.read_text(), QUESTIONS, SEED)
            ours = replies(server, asked)
            kinds.update(map(kind_of, ours))
            self.judge_truncation(server, asked, ours)
            pairs = list(zip(asked, ours))
            for other in others:
                if other.name == "Knot":
                    pairs = [pair for pair in pairs if not hangs_knot(*pair)]
                tally = Tally(zone, other.name)
                for (question, mine), theirs in zip(pairs, replies(other, [question for question, _ in pairs])):
                    tally.compare(question, mine, theirs)
                tallies.append(tally)
        report(tallies, kinds)
        self.judge(tallies, kinds)

    def export(self, server, zone, plan):
        """The zone as a master file, with the serial that portolan serves."""
        serial = server.ask(zone, "SOA").answer[0][0].serial
        result = scenario.portolan("zone", plan, "--serial", serial)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.write(f"{zone}.zone", result.stdout)

    def judge_truncation(self, server, asked, ours):
        """What was cut short over UDP comes whole over TCP, and held no RRset in part."""
        short = [(question._replace(tcp=True), reply) for question, reply in zip(asked, ours) if reply.truncated]
        for (question, reply), whole in zip(short, replies(server, [question for question, _ in short])):
            self.assertFalse(whole.truncated, question)
            for section in ("answer", "authority", "additional"):
                self.assertTrue(holds_whole_rrsets(getattr(reply, section), getattr(whole, section)),
                                f"{question}: {reply}")

    def judge(self, tallies, kinds):
        self.assertLessEqual(len(ALLOWED), 10)
        for tally in tallies:
            with self.subTest(zone=tally.zone, server=tally.server):
                self.assertGreaterEqual(tally.asked, 10000)
                self.assertEqual(len(tally.wrong), 0, tally.complaint())
                self.assertLess(sum(tally.allowed.values()), ALLOWED_SHARE * tally.asked)
        for kind, least in MET.items():
            self.assertGreaterEqual(kinds[kind], least, f"too few replies of the sort {kind}")


def report(tallies, kinds):
    """Prints what was asked and how far the servers agree."""
    print(f"\n{'zone':22} {'server':6} {'asked':>7} {'agree':>7} {'allowed':>8} {'wrong':>6}")
    for tally in tallies:
        print(f"{tally.zone:22} {tally.server:6} {tally.asked:7,} {tally.agreeing:7,} "
              f"{sum(tally.allowed.values()):8,} {len(tally.wrong):6,}")
    print(f"\n{'allowed difference':40} {'NSD':>6} {'Knot':>6}  what leaves the choice")
    for entry in ALLOWED:
        counts = [sum(tally.allowed[entry.name] for tally in tallies if tally.server == name)
                  for name in ("NSD", "Knot")]
        print(f"{entry.name:40} {counts[0]:6,} {counts[1]:6,}  {entry.reference}")
    print("\nportolan's replies: " + ", ".join(f"{kind} {count:,}" for kind, count in kinds.most_common()))
    sys.stdout.flush()


if __name__ == "__main__":
    scenario.main()
