"""The port map page, in Chromium: people look for a port, and see what dies while they look.

Each test is a case of cases.js, which run.js runs in a browser of its own against a server of its own. Beside what it is
about, a case fails when the page has an error, breaks its Content-Security-Policy, or asks anybody but the server.

The page's code is the browser's; the server's part of it runs sanitized in scenario/map.
"""
# ctest: timeout 480
# ctest: serial
# ctest: not asan

import json
import os
import pathlib
import shutil
import subprocess
import unittest

from portolan_scenario import PACKAGES, SLOWNESS, ZONES, Scenario, free_port, main, needs_packages, portolan

HERE = pathlib.Path(__file__).resolve().parent
CHROMIUM = shutil.which("chromium")
ELEMENTS = (ZONES / "elements.yaml").read_text()

# Found dead after fall × interval × 1.1 + timeout = 320 ms at most, which leaves 680 ms of the second for everything else.
CHECKED = """
zone: svc.corp.example
nameservers: {ns1: 192.0.2.53}
health: {interval: 100ms, timeout: 100ms, fall: 2, rise: 2, preserve: 100}
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  instances: 1-2
  applications: {hydrogen: 1, oxygen: 8}
  types: {http: {id: 3, check: tcp}, ajp: 4}
environments:
  prod: {hosts: {jb1: 127.0.83.1, jb2: 127.0.83.2}, place: {default: [jb1, jb2]}}
"""

SCRIPT = "<script>globalThis.hostile = 1</script>"
IMAGE = "\"><img src=x onerror='globalThis.hostile = 1'>"
BACKWARDS = "\u202egpj.exe \u05d0\u05d1\u05d2 &amp; {{7*7}}"
LONG = "x" * 57  # as long as a name can be, with -http behind it
HOSTILE = {
    "zone": "svc.corp.example",
    "nameservers": {"ns1": "192.0.2.53"},
    "convention": {
        "pattern": "XYYZZ",
        "fields": {"X": "instance", "YY": "application", "ZZ": "type"},
        "instances": "1-2",
        "applications": {"one": {"id": 1, "owner": SCRIPT, "description": IMAGE}, LONG: {"id": 2, "owner": BACKWARDS}},
        "types": {"http": {"id": 3, "description": SCRIPT}},
    },
    "registry": {
        "ranges": {IMAGE: {"ports": "5000-5009", "owner": SCRIPT}},
        "services": {"script-service": {"port": 5001, "in": IMAGE, "owner": IMAGE, "description": SCRIPT + "y" * 300}},
    },
    "environments": {
        "prod": {"description": SCRIPT, "hosts": {"jb1": "10.1.0.1"},
                 "place": {"default": "jb1", "script-service": "jb1"}},
    },
}


def many_ports():
    """100 applications × 25 types × 4 instances."""
    return f"""
zone: svc.corp.example
nameservers: {{ns1: 192.0.2.53}}
convention:
  pattern: XYYZZ
  fields: {{X: instance, YY: application, ZZ: type}}
  instances: 1-4
  applications: {{{", ".join(f"app{n}: {n}" for n in range(0, 100))}}}
  types: {{{", ".join(f"type{n}: {n}" for n in range(1, 26))}}}
environments:
  prod: {{hosts: {{jb1: 10.1.0.11, jb2: 10.1.0.12}}, place: {{default: [jb1, jb2, jb1, jb2]}}}}
"""


@needs_packages
@unittest.skipUnless(CHROMIUM, "there is no Chromium here")
class PortMapPage(Scenario):
    def run_case(self, name, *plans, arguments=None, help_with=None, **options):
        """Runs the case against a server of the plans. `help_with` has functions for what the case asks for."""
        api = f"127.0.0.1:{free_port()}"
        server = self.serve(*plans, arguments=["--api", api], **options)
        environment = {**os.environ, "NODE_PATH": str(PACKAGES), "CHROMIUM": CHROMIUM, "SLOWNESS": str(SLOWNESS),
                       "HOME": str(self.folder), "TMPDIR": str(self.folder)}
        command = ["node", HERE / "run.js", name, f"http://{api}", json.dumps(arguments or {})]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as case:
            for line in case.stdout:
                help_with[json.loads(line)["do"]](server)
                case.stdin.write("done\n")
                case.stdin.flush()
        self.assertEqual(case.returncode, 0, "what the case said stands above")

    def test_a_number_is_found(self):
        self.run_case("search_for_a_number", ZONES / "elements.yaml")

    def test_names_are_found(self):
        self.run_case("search_for_words", ZONES / "elements.yaml", ZONES / "registry.yaml")

    def test_a_killed_endpoint_changes_its_cell_within_a_second(self):
        self.run_case("killed_endpoint", self.write("plan.yaml", CHECKED),
                      arguments={"host": "127.0.83.1", "number": 10803, "other": 20803})

    def test_axe_finds_no_violation(self):
        self.run_case("accessibility", ZONES / "elements.yaml", ZONES / "registry.yaml",
                      arguments={"axe": str(PACKAGES / "axe-core" / "axe.min.js")})

    def test_a_keyboard_is_enough(self):
        self.run_case("keyboard", ZONES / "elements.yaml")

    def test_hostile_names_are_text(self):
        plan = self.write("plan.yaml", json.dumps(HOSTILE))  # JSON is YAML
        self.run_case("hostile_names", plan, arguments={
            "shown": [SCRIPT, BACKWARDS, LONG, IMAGE], "range": IMAGE, "service": "script-service",
            "description": SCRIPT + "y" * 300})

    def test_nothing_leaves_the_origin(self):
        self.run_case("own_origin", ZONES / "elements.yaml", ZONES / "registry.yaml")

    def test_the_whole_grid_is_printed(self):
        self.run_case("print", ZONES / "elements.yaml")

    def test_a_telephone_shows_it(self):
        self.run_case("narrow", ZONES / "elements.yaml", ZONES / "registry.yaml")

    def test_ten_thousand_ports_hold_nothing_up(self):
        self.run_case("ten_thousand_ports", self.write("plan.yaml", many_ports()), arguments={"ports": 10000})

    def test_a_lost_connection_is_told_and_comes_back(self):
        plan = self.write("plan.yaml", ELEMENTS)

        def change_and_start(server):
            self.replace("plan.yaml", ELEMENTS.replace("    magnesium: 12\n", ""))
            server.start()

        self.run_case("lost_connection", plan, help_with={"stop": lambda server: server.stop(), "change and start": change_and_start})

    def test_a_changed_plan_is_shown_by_itself(self):
        plan = self.write("plan.yaml", ELEMENTS)

        def change(server):
            self.replace("plan.yaml", ELEMENTS.replace("    magnesium: 12\n", ""))
            server.reload()

        self.run_case("plan_reloaded", plan, help_with={"change": change})

    def test_what_follows_of_a_change_is_shown(self):
        self.run_case("what_if", ZONES / "elements.yaml")

    def test_who_has_a_token_may_drain(self):
        state = self.folder / "state"
        token = portolan("token", "new", "--state", state, "--service", "oxygen-http").stdout.strip()
        self.run_case("drain", self.write("plan.yaml", CHECKED), state=state,
                      arguments={"token": token, "host": "jb1", "number": 10803})

    def test_clients_get_the_lines_that_they_understand(self):
        self.run_case("client_lines", ZONES / "elements.yaml")


if __name__ == "__main__":
    main()
