"""An operator reloads a busy server: first a broken plan, then a good one, over and over.

While thousands of queries a second are answered, no answer is lost and every answer is, to the octet,
entirely the old plan's or entirely the new one's: an old port never comes with a new address. The broken
plan changes nothing, and its error is logged once each time.

PORTOLAN_LOAD is the load generator (tests/load/udp_load.cpp). tools/prove reload runs this at full rate:
PORTOLAN_RATE, queries a second (0 for as many as go), for PORTOLAN_SECONDS.
"""
# ctest: tsan
# ctest: serial

import json
import os
import re
import subprocess
import sys
import time

from portolan_scenario import ROOT, SANITIZED, SLOWNESS, Scenario, main, wire_query

LOAD = os.environ.get("PORTOLAN_LOAD") or str(ROOT / "build" / "tests" / "load" / "udp_load")
RATE = float(os.environ.get("PORTOLAN_RATE", 500 if SANITIZED else 5000))
SECONDS = float(os.environ.get("PORTOLAN_SECONDS", 5))
PROOF = "PORTOLAN_RATE" in os.environ

PLAN = """\
zone: a.example
nameservers: {{ns1: 192.0.2.53}}
contact: dns@corp.example
convention:
  pattern: XYYZZ
  fields: {{X: instance, YY: application, ZZ: type}}
  bounds: 1024-65535
  instances: 1-3
  applications: {{hydrogen: 1, helium: 2, lithium: 3, beryllium: 4, boron: 5, carbon: 6}}
  types: {{http: {http}, ajp: {ajp}, jmx: 9}}
environments:
  prod:
    hosts: {{jb1: 10.1.{net}.11, jb2: [10.1.{net}.12, "2001:db8:{net}::12"]}}
    place: {{default: {{1: jb1, 2: jb2{third}}}}}
"""
OLD = PLAN.format(http=3, ajp=4, net=1, third="")
NEW = PLAN.format(http=5, ajp=6, net=2, third=", 3: jb1")
BROKEN = NEW.replace("1: jb1", "1: jb9")

APPLICATIONS = ("hydrogen", "helium", "lithium", "beryllium", "boron", "carbon")
NAMES = [name for application in APPLICATIONS for kind in ("http", "ajp")
         for name in (f"_{application}-{kind}._tcp.prod.a.example", f"_{kind}._tcp.{application}.prod.a.example")]


class AnOperatorReloads(Scenario):
    def queries(self):
        """Octets without the ID. SRV answers bring addresses along, so a mixture would show."""
        for name in NAMES:
            for edns in (-1, 0):
                yield wire_query(name, "SRV", use_edns=edns, payload=1232)[2:]
        for host in ("jb1", "jb2"):
            yield wire_query(f"{host}.prod.a.example", "A")[2:]

    def replies(self, server):
        return [server.udp(b"\0\0" + query, seconds=5)[2:] for query in self.queries()]

    def write_cases(self, old, new):
        lines = []
        for query, before, after in zip(self.queries(), self.replies(old), self.replies(new)):
            self.assertNotEqual(before, after)
            lines.append(f"{query.hex()} {before.hex()} {after.hex()}\n")
        return self.write("cases", "".join(lines))

    def test_broken_and_good_plans(self):
        path = self.write("a.yaml", OLD)
        server = self.serve(path, arguments=["--workers", 2, "--no-watch"])
        other = self.serve(self.write("new.yaml", NEW), arguments=["--no-watch"])
        cases = self.write_cases(server, other)
        other.stop()

        load = subprocess.Popen([LOAD, f"{server.address}:{server.port}", cases, "--seconds", str(SECONDS),
                                 "--rate", str(RATE), "--window", "24"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(load.stdout.close)
        broken = good = 0
        while load.poll() is None:
            self.replace("a.yaml", BROKEN)
            server.reload()
            broken += 1
            server.wait_for_log("nothing was reloaded", times=broken)
            good += 1
            self.replace("a.yaml", NEW if good % 2 else OLD)
            server.reload()
            server.wait_for_log("zone a.example is changed", times=good)
            time.sleep(0.05)   # the machine is to answer, not to read plans all the time
        self.assertEqual(load.returncode, 0)
        self.judge(json.loads(load.stdout.read()), server.socket_drops(), broken, good)
        errors = re.findall(r"a\.yaml:\d+:\d+: error: .*jb9", server.log)
        self.assertEqual(len(errors), broken, "the error is logged once each time")
        self.assertEqual(server.srv("_boron-http._tcp.prod.a.example")[0][2], 10505 if good % 2 else 10503)

    def judge(self, told, server_drops, broken, good):
        print(f"{told}, dropped at the server's sockets: {server_drops}; reloads: {broken} broken, {good} good",
              file=sys.stderr)
        self.assertEqual(told["wrong"], 0, "an answer was of neither plan, or of both")
        self.assertEqual(told["late"], 0, "an answer came twice, or after a second")
        self.assertLessEqual(told["lost"], server_drops + told["client_drops"], "an answer was lost")
        self.assertGreater(min(told["variants"]), 0, "both plans were seen")
        self.assertGreater(good, 3)
        wanted = RATE * 0.95 if PROOF and RATE else 100 / SLOWNESS
        self.assertGreater(told["rate"], wanted)


if __name__ == "__main__":
    main()
