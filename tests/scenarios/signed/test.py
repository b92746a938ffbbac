# ctest: label differential
# ctest: timeout 600
"""An administrator gives portolan a master file that is signed already: it is served with every proof.

The zone of hard cases (../differential/adverse.example.zone) is signed three times, by the signers of
BIND and ldns: denied by NSEC, by NSEC3, and by NSEC3 with opt-out. Each is served by portolan, NSD and
Knot, which are asked thousands of generated questions with DO and must say the same, but for what
allowed.py names. Then Unbound, a validating resolver whose only server is portolan, is asked the same
questions: it believes every answer, says so (AD), and refuses a zone whose signatures were touched.
"""
import pathlib
import re
import sys
from collections import Counter

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "differential"))

import portolan_scenario as scenario  # noqa: E402
from allowed_signed import BELOW_EMPTY, allowance  # noqa: E402
from asking import ask_tcp, ask_udp  # noqa: E402
from comparing import differences, kind_of  # noqa: E402
from other_servers import Knot, Nsd  # noqa: E402
from questions import questions  # noqa: E402
from resolvers import Unbound  # noqa: E402
from wire import TYPES, decode, query  # noqa: E402

ZONE = "adverse.example"
PLAN = pathlib.Path(__file__).resolve().parent.parent / "differential" / "adverse.yaml"
QUESTIONS = 8000  # for each way of signing
SEED = 20240102
SHOWN = 5
ALLOWED_SHARE = 0.06  # of the replies that are not cut short on both sides
AD = 0x0020
SIGNED_TYPES = "RRSIG NSEC NSEC3 NSEC3PARAM DNSKEY".split()
# What validators do not ask for; and CNAME, whose answer Unbound completes with the target's from its cache.
META = {TYPES[name] for name in ("ANY", "RRSIG", "NSEC", "NSEC3", "CNAME")}

# way: the program that signs, and its arguments.
WAYS = {
    "NSEC": ["dnssec-signzone", "-z", "-S", "-P", "-O", "full"],
    "NSEC3": ["ldns-signzone", "-n", "-t", "0"],
    "opt-out": ["dnssec-signzone", "-z", "-S", "-P", "-O", "full", "-3", "aabb", "-A", "-H", "1"],
}
# What must have been met with DO set, and how often at least.
MET = {"answer": 1000, "NODATA": 1000, "NXDOMAIN": 1000, "referral": 300, "CNAME": 100, "DNAME": 50, "truncated": 50}


def replies(server, asked):
    """The server's replies to the questions, in their order, decoded."""
    found = [None] * len(asked)
    for tcp, ask in ((False, ask_udp), (True, ask_tcp)):
        chosen = [i for i, question in enumerate(asked) if question.tcp == tcp]
        for i, reply in zip(chosen, ask(server.address, server.port, [asked[i].wire() for i in chosen])):
            found[i] = decode(reply)
    return found


class Signed(scenario.Scenario):
    def setUp(self):
        super().setUp()
        exported = scenario.portolan("zone", PLAN)
        self.assertEqual(exported.returncode, 0, exported.stderr)
        self.text = exported.stdout
        self.plain = self.write("plain.zone", self.text)
        key = scenario.run_command("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", ZONE, cwd=self.folder)
        self.key = key.stdout.strip()
        lines = (self.folder / f"{self.key}.key").read_text().splitlines()
        self.anchor = next(line for line in lines if not line.startswith(";"))

    def sign(self, way):
        """The zone signed in that way: its master file."""
        program, *arguments = WAYS[way]
        signed, plain, key = self.folder / f"{way}.zone", self.plain, []
        if program == "ldns-signzone":  # which writes quotes in a name so that it cannot be read again
            key = [self.key]
            plain = self.write("ldns.zone", re.sub(r'^\S*\\[;"].*\n', "", self.text, flags=re.MULTILINE))
        result = scenario.run_command(program, *arguments, "-o", ZONE, "-f", signed, plain, *key, cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        return signed

    def serve_file(self, name, file):
        return self.serve(self.write(f"{name}.yaml", f"zone: {ZONE}\nrecords: {file}\n"))

    def asked(self):
        """Questions with DO, of types that signing adds, too."""
        extra = "".join(f"{ZONE}. 5 IN TYPE{TYPES[name]} \\# 0\n" for name in SIGNED_TYPES)
        found = questions(self.text + extra, QUESTIONS, SEED)
        return [question._replace(edns=question.edns or 1232, want_dnssec=True) for question in found]

    def check_against_others(self, way, file, server, asked, ours):
        for kind in (Nsd, Knot):
            other = kind(self.folder / f"{way}-{kind.name}", {ZONE: file})
            self.addCleanup(other.stop)
            other.start()
            allowed, wrong = Counter(), []
            for question, mine, theirs in zip(asked, ours, replies(other, asked)):
                found = differences(question, mine, theirs, sheds_additional=True)
                if not found:
                    continue
                entry = allowance(kind.name, question, mine, theirs, found)
                if entry:
                    allowed[entry.name] += 1
                else:
                    wrong.append((question, found, mine, theirs))
            other.stop()
            print(f"\n{way}, beside {kind.name}: {len(asked):,} questions, {len(wrong)} wrong, "
                  f"{sum(allowed.values())} allowed")
            for name, count in allowed.most_common():
                print(f"    {count:5} {name}")
            sys.stdout.flush()
            lines = [f"{len(wrong)} replies differ from {kind.name}'s"]
            for question, found, mine, theirs in wrong[:SHOWN]:
                lines += [f"{question}: {', '.join(sorted(found))}", f" portolan: {mine}", f" {kind.name}: {theirs}"]
            with self.subTest(way=way, server=kind.name):
                self.assertEqual(len(wrong), 0, "\n".join(lines))
                differing = sum(allowed.values()) - allowed["what a truncated reply still holds"]
                self.assertLess(differing, ALLOWED_SHARE * len(asked))

    def check_validation(self, way, server, asked, ours):
        """Unbound believes what the server says with authority, and to the end: not what others would go on with."""
        resolver = Unbound(self.folder / f"{way}-unbound", {ZONE: (server.address, server.port)}, [self.anchor])
        self.addCleanup(resolver.stop)
        resolver.start()
        wire_zone = b"".join(bytes([len(label)]) + label.encode() for label in ZONE.split(".")) + b"\0"
        chosen = {}
        for question, mine in zip(asked, ours):
            leads_away = any(record.type == TYPES["CNAME"] and not record.rdata.endswith(wire_zone)
                             for record in mine.answer)
            has_no_end = bool(mine.answer) and not mine.authority and all(
                record.type in (TYPES["CNAME"], TYPES["DNAME"], TYPES["RRSIG"]) for record in mine.answer)
            is_referral = any(record.type == TYPES["NS"] for record in mine.authority)
            # Unbound takes a name that begins with an asterisk for the wildcard, and a DNAME for a broken chain.
            is_odd = question.name[:2] == b"\1*" or question.type == TYPES["DNAME"] or (
                way == "opt-out" and BELOW_EMPTY in question.name.lower())
            if is_odd:
                continue
            if mine.rcode in (0, 3) and mine.authoritative and not mine.truncated and not leads_away \
                    and not has_no_end and not is_referral and question.type not in META \
                    and (question.type, question.name.lower()) != (TYPES["DS"], wire_zone):  # the parent's to say
                chosen.setdefault((question.name.lower(), question.type), (question, mine))
        pairs = list(chosen.values())
        told = ask_udp(resolver.address, resolver.port,
                       [query(question.name, question.type, 4096, True, True) for question, _ in pairs], seconds=5.0)
        wrong, secure = [], 0
        for (question, mine), octets in zip(pairs, told):
            flags = int.from_bytes(octets[2:4], "big")
            rcode = flags & 15
            secure += bool(flags & AD)
            if rcode != mine.rcode or (way != "opt-out" and not flags & AD):
                wrong.append(f"{question}: rcode {rcode}, {'AD' if flags & AD else 'no AD'}; portolan said {mine}")
        print(f"{way}, by Unbound: {len(pairs):,} questions, {secure:,} secure, {len(wrong)} wrong")
        resolver.stop()
        with self.subTest(way=way, server="Unbound"):
            self.assertGreater(len(pairs), 1000)
            self.assertGreater(secure, 500)
            self.assertEqual(len(wrong), 0, "\n".join(wrong[:SHOWN]) + f"\nUnbound said:\n{resolver.log[-4000:]}")

    def test_a_signed_zone_is_served_with_every_proof(self):
        kinds = Counter()
        asked = self.asked()
        for way in WAYS:
            file = self.sign(way)
            server = self.serve_file(way, file)
            ours = replies(server, asked)
            kinds.update(map(kind_of, ours))
            self.check_against_others(way, file, server, asked, ours)
            self.check_validation(way, server, asked, ours)
            server.stop_and_judge()
        print("portolan's replies: " + ", ".join(f"{kind} {count:,}" for kind, count in kinds.most_common()))
        for kind, least in MET.items():
            self.assertGreaterEqual(kinds[kind], least, f"too few replies of the sort {kind}")

    def test_touched_signatures_are_refused(self):
        text = self.sign("NSEC").read_text()
        touched = re.sub(r"^(www\.adverse\.example\.\s.*\sRRSIG\s+A\s.* )(\S)(\S+)$",
                         lambda match: match[1] + ("A" if match[2] != "A" else "B") + match[3], text, flags=re.MULTILINE)
        self.assertNotEqual(text, touched)
        server = self.serve_file("touched", self.write("touched.zone", touched))
        resolver = Unbound(self.folder / "unbound", {ZONE: (server.address, server.port)}, [self.anchor])
        self.addCleanup(resolver.stop)
        resolver.start()
        for name, rcode in (("www", 2), ("mail", 0)):
            name = b"".join(bytes([len(label)]) + label.encode() for label in (name, *ZONE.split("."))) + b"\0"
            reply, = ask_udp(resolver.address, resolver.port, [query(name, TYPES["A"], 1232, True, True)], seconds=5.0)
            self.assertEqual(reply[3] & 15, rcode)

    def test_delv_believes_one_of_each_kind(self):
        server = self.serve_file("delv", self.sign("NSEC3"))
        words = self.anchor.split()
        anchor = self.write("anchor", f'trust-anchors {{ "{ZONE}." static-key {words[3]} {words[4]} {words[5]} '
                                      f'"{"".join(words[6:])}"; }};\n')
        rows = [
            ("www", "A", "fully validated"),
            ("web2", "A", "fully validated"),
            ("some.wild", "A", "fully validated"),
            ("some.wild", "SRV", "negative response, fully validated"),
            ("www", "SRV", "negative response, fully validated"),
            ("very", "A", "negative response, fully validated"),
            ("nobody.mail", "A", "negative response, fully validated"),
            ("sub", "DS", "fully validated"),
            ("unsigned", "DS", "negative response, fully validated"),
            ("a.moved", "A", "fully validated"),
        ]
        for name, rrtype, expected in rows:
            with self.subTest(name=name, type=rrtype):
                result = scenario.run_command("delv", f"@{server.address}", "-p", server.port, "-a", anchor,
                                              f"+root={ZONE}", f"{name}.{ZONE}", rrtype)
                self.assertIn(f"; {expected}", result.stdout + result.stderr)

    def test_signatures_that_are_over_are_told(self):
        file = self.folder / "old.zone"
        signed = scenario.run_command("dnssec-signzone", "-z", "-S", "-P", "-s", "20240101000000", "-e",
                                      "20240201000000", "-o", ZONE, "-f", file, self.plain, cwd=self.folder)
        self.assertEqual(signed.returncode, 0, signed.stderr)
        plan = self.write("old.yaml", f"zone: {ZONE}\nrecords: {file}\n")
        result = scenario.portolan("check", plan)
        self.assertIn("signature-expired", result.stdout)
        self.assertNotIn("error", result.stdout.replace("0 errors", ""))


if __name__ == "__main__":
    scenario.main()
