"""Somebody logs in to a server and asks whether what runs there is what is written.

Of twenty listeners three are wrong: one has another instance's port, one another host's, one nobody's.
`portolan lint host` names exactly these, each with its process and a cure: asked of the kernel, read from
what `ss` printed, and (without processes) tried from outside. `portolan free` answers a start script.
"""

import json
import os
import socket
import subprocess
import sys

import own_network
from portolan_scenario import Scenario, main, portolan, run_command

PLAN = """\
zone: svc.corp.example
nameservers: {ns1: 192.0.2.53}
contact: dns@corp.example
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  bounds: 1024-65535
  instances: 1-2
  applications: {hydrogen: 1, helium: 2, lithium: 3}
  types: {shutdown: {id: 1, publish: no}, jmx: 2, http: 3, ajp: 4, snmp: {id: 5, proto: udp}, repl: 6, admin: 7, debug: 8}
registry:
  services: {user-api: {port: 5001}}
environments:
  prod:
    networks: [10.1.0.0/16]
    hosts: {jb1: 10.1.0.11, jb2: 10.1.0.12}
    place: {hydrogen: [jb1, jb2], helium: [jb1, jb2], lithium: {1: jb2}, user-api: [jb1, jb2]}
"""
PLANNED = [("udp" if kind == 5 else "tcp", 10000 + application * 100 + kind)
           for application in (1, 2) for kind in range(1, 9)] + [("tcp", 5001)]
WRONG = {"20104/tcp": "wrong-instance", "10304/tcp": "wrong-application", "9999/tcp": "unknown-listener"}
WRONG_OUTSIDE = {port: rule for port, rule in WRONG.items() if rule != "unknown-listener"}

LISTEN = """
import signal, socket, sys
sockets = []
for each in sys.argv[1:]:
    protocol, port = each.split("/")
    one = socket.socket(type=socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM)
    one.bind(("10.1.0.11", int(port)))
    if protocol == "tcp":
        one.listen()
    sockets.append(one)
print("ready", flush=True)
signal.pause()
"""


def setUpModule():
    own_network.enter("addr add 10.1.0.11/32 dev lo", "addr add 10.1.0.12/32 dev lo")


class LintHost(Scenario):
    def setUp(self):
        super().setUp()
        self.plan = self.write("plan.yaml", PLAN)
        self.processes = []

    def tearDown(self):
        for each in self.processes:
            each.kill()
            each.wait()
            each.stdout.close()
        super().tearDown()

    def listen(self, *ports):
        process = subprocess.Popen([sys.executable, "-c", LISTEN, *ports], stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process.pid

    def listen_as_planned(self):
        self.listen(*(f"{protocol}/{port}" for protocol, port in PLANNED))

    def listen_wrongly(self):
        """{"9999/tcp": the pid that has it}"""
        pids = {}
        for each in WRONG:
            port, protocol = each.split("/")
            pids[each] = self.listen(f"{protocol}/{port}")
        return pids

    def lint(self, *arguments, **options):
        done = portolan("lint", "host", *arguments, "--plan", self.plan, "--json", **options)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done.returncode, json.loads(done.stdout)

    def test_three_wrong_listeners_among_twenty(self):
        self.listen_as_planned()
        pids = self.listen_wrongly()
        status, report = self.lint("jb1")
        self.assertEqual((status, report["listeners"], report["planned"]), (1, 20, 17))
        self.assertEqual({each["ports"][0]: each["rule"] for each in report["findings"]}, WRONG)
        for each in report["findings"]:
            (listener,) = each["listeners"]
            (process,) = listener["processes"]
            self.assertEqual((process["pid"], process["user"]), (pids[each["ports"][0]], "root"))
            self.assertTrue(process["name"].startswith("python3"))
            self.assertIn(f"pid {process['pid']}", each["message"])
            self.assertTrue(each["cure"])
        text = portolan("lint", "host", "jb1", "--plan", self.plan)
        self.assertEqual(text.stdout.count("\n    cure: "), 3)
        self.assertIn("20 listeners, 17 as planned; 3 to look at", text.stdout)

    def test_the_same_from_what_ss_printed(self):
        self.listen_as_planned()
        pids = self.listen_wrongly()
        printed = run_command("ss", "-H", "-tulnp")
        status, report = self.lint("jb1", "--ss", "-", stdin=printed.stdout)
        self.assertEqual((status, report["planned"]), (1, 17))
        found = {each["ports"][0]: (each["rule"], each["listeners"][0]["processes"][0]["pid"])
                 for each in report["findings"]}
        self.assertEqual(found, {port: (rule, pids[port]) for port, rule in WRONG.items()})

    def test_from_outside_declared_ports_alone_are_tried(self):
        self.listen_as_planned()
        self.listen_wrongly()
        status, report = self.lint("jb1.prod", "--remote")
        self.assertEqual(status, 1)
        self.assertEqual({each["ports"][0]: each["rule"] for each in report["findings"]}, WRONG_OUTSIDE)

    def test_as_planned_is_status_0_and_missing_is_1(self):
        self.listen_as_planned()
        self.assertEqual(self.lint("jb1")[0], 0)
        self.processes[0].kill()
        self.processes[0].wait()
        status, report = self.lint("jb1", "--env", "prod")
        self.assertEqual((status, {each["rule"] for each in report["findings"]}), (1, {"missing"}))
        self.assertEqual(len(report["findings"]), 3)  # hydrogen 1, helium 1, user-api

    def test_usage(self):
        for arguments, reason in [
            (["jb9"], 'Did you mean "jb1"?'),
            (["jb1", "--env", "prd"], 'Did you mean "prod"?'),
            (["jb1", "--allow", "90-80"], "Write 80-90."),
            (["jb1", "--ss", "/nonexistent"], "cannot read /nonexistent"),
            (["jb1", "--ss", "-"], "not what ss prints"),
            (["--remote"], "requires"),
        ]:
            done = portolan("lint", "host", *arguments, "--plan", self.plan)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(reason, done.stderr)

    def test_a_start_script_asks_whether_a_port_is_free(self):
        self.listen("tcp/10103")
        for ports, status in [
            (["10103"], 1),                              # in use
            (["10103/udp", "--for", "none"], 0),
            (["10203"], 1),                              # helium's
            (["10203", "--for", "helium-http"], 0),      # who asks
            (["10103", "--for", "hydrogen-http"], 1),    # but somebody has it already
            (["9000-9010"], 0),
            (["9000-8990"], 2),
            (["http"], 2),
        ]:
            done = portolan("free", *ports, "--plan", self.plan)
            self.assertEqual(done.returncode, status, (ports, done.stdout, done.stderr))
        answer = json.loads(portolan("free", "10103", "--plan", self.plan, "--json").stdout)[0]
        self.assertEqual(answer["state"], "in use")
        self.assertEqual(answer["sockets"][0]["processes"][0]["pid"], self.processes[0].pid)
        self.assertEqual(answer["declared"][0]["service"], "hydrogen-http")

    def test_a_connection_keeps_a_port_too(self):
        listener = socket.create_server(("10.1.0.12", 9001))
        client = socket.create_connection(("10.1.0.12", 9001), source_address=("10.1.0.11", 9002))
        self.addCleanup(listener.close)
        self.addCleanup(client.close)
        done = portolan("free", "9001", "9002", "--plan", self.plan)
        self.assertEqual(done.returncode, 1)
        first, second = done.stdout.splitlines()
        self.assertIn(f"10.1.0.12:9001 by python3 (pid {os.getpid()}, user root)", first)
        self.assertIn("10.1.0.11:9002 by a connection of python3", second)

    def test_without_a_plan_the_machine_alone_answers(self):
        done = portolan("free", "9003", cwd=self.folder)
        self.assertEqual((done.returncode, done.stdout), (0, "9003         free\n"), done.stderr)
        done = portolan("free", "9003", "--plan", "/nonexistent.yaml")
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    main()
