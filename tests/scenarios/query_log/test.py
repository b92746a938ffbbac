# ctest: timeout 120
# ctest: tsan
"""An operator reads who asked for what: a JSON line a query. The log may be moved away, or be read too slowly, and
no client waits for it."""
import json
import os
import re

import portolan_scenario as scenario

NAME = "_hydrogen-ajp._tcp.prod.svc.corp.example"
QUERY = scenario.wire_query(NAME, "SRV", use_edns=0, payload=1232)


class QueryLog(scenario.Scenario):
    def log_to(self, path, *arguments):
        return self.serve(arguments=["--query-log", path, *arguments])

    def lines(self, path, count=1):
        """The log's lines, once there are so many."""
        def whole():
            text = path.read_text() if path.exists() else ""
            return text.splitlines() if text.count("\n") >= count else None
        return [json.loads(line) for line in scenario.wait_until(whole, what=f"{count} lines in {path}")]

    def test_each_query_is_a_line(self):
        path = self.folder / "queries"
        server = self.log_to(path, "--workers", "1")  # lines of several come in any order
        server.dig(NAME, "SRV", "+norecurse", "+cookie=0102030405060708", "+dnssec")
        server.dig("_oxigen-ajp._tcp.prod.svc.corp.example", "SRV", "+tcp", "+nocookie")
        server.dig("elsewhere.example", "A", "+noedns")
        server.dig("svc.corp.example", "AXFR")
        known, missing, refused, transfer = self.lines(path, 4)
        self.assertRegex(known.pop("time"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertGreater(known.pop("size"), 100)
        self.assertEqual(known, {"client": "127.0.0.1", "transport": "udp", "name": NAME + ".", "type": "SRV",
                                 "class": "IN", "flags": ["EDNS", "DO"], "cookie": "unknown", "rcode": "NOERROR",
                                 "reply_flags": ["AA"]})
        self.assertEqual((missing["transport"], missing["rcode"], missing["ede"], missing["ede_text"]),
                         ("tcp", "NXDOMAIN", 0, 'no application "oxigen"; did you mean "oxygen"?'))
        self.assertNotIn("cookie", missing)
        self.assertEqual((refused["rcode"], refused["flags"]), ("REFUSED", ["RD"]))
        self.assertEqual((transfer["type"], transfer["rcode"]), ("AXFR", "REFUSED"))

    def test_a_signed_query_names_its_key(self):
        made = scenario.portolan("key", "tsig", "ops.example", "--file", self.folder / "ops.key")
        self.assertEqual(made.returncode, 0, made.stderr)
        path = self.folder / "queries"
        server = self.log_to(path)
        server.dig(NAME, "SRV", "-k", self.folder / "ops.key")
        self.assertEqual((self.lines(path)[0]["key"], self.lines(path)[0]["rcode"]), ("ops.example.", "NOTAUTH"))

    def test_to_standard_error_and_one_of_so_many(self):
        server = self.log_to("-", "--query-log-sample", "5", "--workers", "1")
        for _ in range(20):
            server.ask(NAME, "SRV")
        server.wait_for_log(r'^\{"time":.*\}$', times=4)
        server.stop()
        self.assertEqual(len(re.findall(r'^\{"time"', server.log, re.MULTILINE)), 4)

    def test_the_file_is_moved_away(self):
        path, moved = self.folder / "queries", self.folder / "queries.1"
        server = self.log_to(path)
        server.ask(NAME, "SRV")
        self.lines(path)
        path.rename(moved)
        server.reload()
        scenario.wait_until(path.exists, what="a new file")
        server.ask("svc.corp.example", "SOA")
        self.assertEqual([line["type"] for line in self.lines(path)], ["SOA"])
        self.assertEqual([line["type"] for line in self.lines(moved)], ["SRV"])

    def test_a_pipe_that_nobody_reads_delays_no_answer(self):
        path = self.folder / "pipe"
        os.mkfifo(path)
        server = self.log_to(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        server.reload()  # the reader has come
        with server.udp_socket() as client:
            client.settimeout(5 * scenario.SLOWNESS)
            for _ in range(12000):  # more than pipe and ring hold: who waited for them would wait for ever
                client.send(QUERY)
                client.recv(4096)
        server.wait_for_log(r"query log .*/pipe: \d+ lines lost so far")
        server.signal(scenario.signal.SIGUSR1)
        self.assertGreater(int(server.wait_for_log(r"query log: lines written \d+, lost (\d+)")[1]), 1000)

    def test_a_log_that_cannot_be_written_is_refused_at_the_start(self):
        run = scenario.portolan("serve", scenario.ZONES, "--listen", "127.0.0.1:0", "--query-log", "/nonexistent/log")
        self.assertEqual(run.returncode, 1)
        self.assertIn("cannot write the query log /nonexistent/log: No such file or directory", run.stderr)


if __name__ == "__main__":
    scenario.main()
