"""An engineer compares portolan with its peers: tools/bench/compare, as small as it goes.

The figures mean nothing here (half a second, on a machine that does other things); what is shown is that
the servers start, agree on their answers and are loaded, and that table, JSON, plot and document come out
whole.
"""
# ctest: serial
# ctest: timeout 300
# ctest: not asan

import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree

from portolan_scenario import PROGRAM, ROOT, Scenario, main, run_command

BENCH = ROOT / "tools" / "bench"
sys.path.insert(0, str(BENCH))
import agreement  # noqa: E402
import docs  # noqa: E402
import make_plan  # noqa: E402
import plot  # noqa: E402
import questions  # noqa: E402
import report  # noqa: E402
import wire  # noqa: E402

MODES = ("udp", "tcp", "tcp-single")
BUILD = pathlib.Path(PROGRAM).parent


class AnEngineerCompares(Scenario):
    def compare(self, *arguments, expected=0):
        done = run_command("/usr/bin/python3", "-B", BENCH / "compare.py", "--build", BUILD,
                           "--json", self.folder / "results", *arguments, seconds=100)
        self.assertEqual(done.returncode, expected, done.stderr)
        return done.stdout

    def result(self, name):
        return json.loads((self.folder / "results" / f"{name}.json").read_text())

    def test_with_cookies(self):
        said = self.compare("--cookies", "--servers", "portolan,NSD,Knot,BIND", "--rounds", 1, "--seconds", 0.3, "--retries", 0)
        result = self.result("udp-1.4k-cookies")
        self.assertTrue(result["cookies"])
        self.assertIn("with cookies", said)
        for run in result["runs"]:
            self.assertGreater(run["answered"], 10)
            self.assert_plausible_rcodes(run)

    def test_a_table_and_json(self):
        said = self.compare("--servers", "portolan,echo,NSD", "--rounds", 1, "--seconds", 0.3, "--retries", 0,
                            *(f"--{mode}" for mode in MODES))
        for mode in MODES:
            with self.subTest(mode):
                result = self.result(f"{mode}-1.4k")
                names = ["portolan", "echo", "NSD"] if mode == "udp" else ["portolan", "NSD"]
                self.assertEqual([server["name"] for server in result["servers"]], names)
                self.assertEqual([run["server"] for run in result["runs"]], names)
                self.assertEqual(result["srv_records"], 1440)
                for server in result["servers"]:
                    self.assertGreater(server["start_seconds"], 0)
                    self.assertGreater(server["peak_mib"], 0)
                for run in result["runs"]:
                    self.assertGreater(run["answered"], 10)
                    self.assertEqual(run["sent"], run["answered"] + run["lost"])
                    self.assertEqual(run["strange"] + run["truncated"] + run["closed"], 0, run)
                    self.assert_plausible_rcodes(run)
                self.assertIn(report.title(result), said)
                self.assertIn("| portolan | ", docs.section(result))
                xml.etree.ElementTree.fromstring(plot.draw([result]))
        self.assertEqual(self.result("udp-1.4k")["servers"][2]["adds"], "NS, their addresses")

    def assert_plausible_rcodes(self, run):
        rcodes = run["rcodes"]
        self.assertEqual(sum(rcodes), run["answered"])
        if run["server"] != "echo":
            self.assertEqual(rcodes[wire.NOERROR] + rcodes[wire.NXDOMAIN], run["answered"])
            self.assertLess(rcodes[wire.NXDOMAIN], run["answered"] / 2)

    def test_the_zone_as_a_master_file(self):
        self.compare("--from", "records", "--servers", "portolan", "--rounds", 1, "--seconds", 0.2, "--retries", 0)
        self.assertEqual(self.result("udp-1.4k-records")["from"], "records")

    def test_a_server_that_is_not_known(self):
        self.compare("--servers", "portolan,dnsmasq", expected=2)

    def test_the_questions_are_spread_as_promised(self):
        asked = list(questions.draw(make_plan.SIZES["1.4k"], 20_000))
        for kind, percent in questions.SHARES.items():
            share = sum(question.kind == kind for question in asked) / len(asked) * 100
            self.assertAlmostEqual(share, percent, delta=1)
        self.assertEqual({question.env for question in asked}, set(range(6)))
        self.assertEqual(asked, list(questions.draw(make_plan.SIZES["1.4k"], 20_000)), "the seed is fixed")

    def test_a_wrong_answer_is_noticed(self):
        server = self.serve(self.write("plan.yaml", "\n".join(make_plan.plan(make_plan.SIZES["1.4k"]))))
        server.name, server.endpoint = "portolan", f"{server.address}:{server.port}"
        other = self.serve(self.write("other.yaml", "\n".join(make_plan.plan(make_plan.SIZES["1.4k"])).replace(
            "10.3.0.11,", "10.3.0.99,")))
        other.name, other.endpoint = "other", f"{other.address}:{other.port}"
        asked = [question for question in questions.draw(make_plan.SIZES["1.4k"], 20_000)
                 if question.env == 3 and question.app == 3]
        self.assertEqual(agreement.check([server], asked, tcp=True), {"portolan": ""})
        with self.assertRaises(agreement.Disagreement):
            agreement.check([server, other], asked, tcp=True)
        with self.assertRaises(agreement.Disagreement):
            agreement.check([other], asked, tcp=False)

    def test_the_document_is_made_of_the_stored_results(self):
        done = subprocess.run(["/usr/bin/python3", "-B", BENCH / "docs.py", "--check"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    main()
