# ctest: tsan
"""Somebody needs numbers for something new: what would follow of it, and then the next free ones, written into the plan
without touching anything else; two people at once never get the same, by files or by a server.
"""

import fcntl
import json
import os
import pathlib
import shutil
import stat
import subprocess
import threading
import time

import requests

from portolan_scenario import ZONES, Scenario, Server, free_port, main, portolan, run_command

PLAN = """\
# Our plan.
zone: z.example
nameservers: {ns1: 192.0.2.53}
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  instances: 1-2
  applications:
    hydrogen: 1     # the first
    helium:
      id: 2
      owner: web-team   # ask them

      # about helium still

    # of the types
  types: {http: 3, ajp: {id: 4, description: "with a , and a }"}}
registry:
  ranges: {API services: 5000-5003, Full: 6000-6000}
  services:
    user-api: {port: 5000, in: API services}
    full: {port: 6000, in: Full}
  dynamic: {names: [worker], ports: 40000-40010}
environments:
  prod: {hosts: {h1: 10.0.0.1}, place: {default: h1, user-api: h1}}
"""


def allocate(*arguments):
    return portolan("allocate", *arguments)


class WhatIf(Scenario):
    def whatif(self, *words, status=0, plan=ZONES / "elements.yaml"):
        answer = portolan("whatif", *words, "--plan", str(plan), "--json")
        self.assertEqual(answer.returncode, status, answer.stderr)
        return json.loads(answer.stdout) if answer.stdout else answer.stderr

    def test_aluminium_is_clean(self):
        before = (ZONES / "elements.yaml").read_bytes()
        said = self.whatif("add", "application", "aluminium", status=1)
        self.assertEqual(said["opened"], [
            ",".join(["11301-11304,11306"] + [f"{i}1301-{i}1304,{i}1306" for i in (2, 3, 4)]) + "/tcp",
            "11305,11307-11311,21305,31305,41305/udp"])
        self.assertEqual(said["closed"], [])
        new = {each["ground"]: [witness["port"] for witness in each["witnesses"]] for each in said["grounds"]}
        self.assertEqual([port for ports in new.values() for port in ports if 11300 <= port <= 11399], [])
        self.assertEqual(new["nodeport"], [31301, 31302, 31303, 31304, 31305, 31306])
        self.assertEqual(new["ephemeral"], [41301, 41302, 41303, 41304, 41305, 41306])
        self.assertEqual([new[ground] for ground in ["arithmetic", "registry", "hosts", "bounds", "dynamic"]],
                         [[]] * 5)
        self.assertIn("application (YY): 13 ids taken, 86 free, the next is 14", said["capacity"])
        self.assertIn("prod aluminium-ajp/tcp: + 11304 jb1, + 21304 jb2", said["dns"])
        (jb2,) = [each for each in said["firewall"] if (each["environment"], each["host"]) == ("prod", "jb2")]
        self.assertEqual((jb2["opened"], jb2["closed"]), (["21301-21304,21306/tcp", "21305/udp"], []))
        self.assertEqual({each["way"] for each in said["ways"]}, {"reserve", "re-instance"})
        self.assertEqual((ZONES / "elements.yaml").read_bytes(), before)
        text = portolan("whatif", "add", "application", "aluminium", "--plan", str(ZONES / "elements.yaml")).stdout
        self.assertIn("add application aluminium: 13\n", text)
        self.assertIn("    6 of instance 3: 31301-31306\n", text)

    def test_other_changes(self):
        said = self.whatif("add", "type", "admin", "--proto", "udp", status=1)
        self.assertEqual(len(said["opened"]), 1)
        self.assertTrue(said["opened"][0].startswith("10112,"), said["opened"])
        said = self.whatif("instances", "6", status=1)
        self.assertEqual(len({each["port"] for ground in said["grounds"] for each in ground["witnesses"]
                              if ground["ground"] == "bounds"}), 0)
        self.assertIn("instance (X): 1-6 are counted; 7-9 overflow 65535", said["capacity"])
        said = self.whatif("instances", "9", status=1)
        (bounds,) = [each for each in said["grounds"] if each["ground"] == "bounds"]
        self.assertEqual(len(bounds["witnesses"]), 3 * 72)
        self.assertIn(f"{ZONES}/elements.yaml:12:3: instances: 1-6",
                      [each["edit"] for each in said["ways"] if each["ground"] == "bounds"])
        said = self.whatif("pattern", "XYYYZ", status=1)
        self.assertIn("does not fit the 1 digit of Z in XYYYZ: the limit is 9", "".join(said["errors"]))
        self.assertIn("10011-10014,10016,", said["opened"][0])
        self.assertTrue(said["closed"][0].startswith("10201-10204,10206,"), said["closed"])
        said = self.whatif("move", "oxygen", "4", "prod", "jb2")
        self.assertEqual(said["opened"], [])
        self.assertIn("prod oxygen-snmp/udp: + 40805 jb2, - 40805 jb1", said["dns"])
        self.assertEqual([(each["host"], each["opened"], each["closed"]) for each in said["firewall"]],
                         [("jb1", [], ["40801-40804,40806/tcp", "40805/udp"]),
                          ("jb2", ["40801-40804,40806/tcp", "40805/udp"], [])])

    def test_what_cannot_be(self):
        for words, reason in [
            (["add", "application", "oxygen"], "oxygen is the name of an application of the plan"),
            (["add", "application", "a_b"], "letters, digits and hyphens"),
            (["add", "application", "new", "--id", "8"], "oxygen has the id 8"),
            (["add", "application", "new", "--id", "100"], "they are 1-99"),
            (["instances", "10"], "instances are 1-9 at most"),
            (["pattern", "XYYQQ"], "Q means nothing"),
            (["pattern", "XYYXX"], "stands in two places"),
            (["pattern", "XYY"], "has no field for the type"),
            (["move", "oxigen", "4", "prod", "jb2"], 'Did you mean "oxygen"?'),
            (["move", "oxygen", "5", "prod", "jb2"], "is placed nowhere"),
            (["move", "oxygen", "4", "prod", "jb9"], 'Did you mean "jb1"?'),
        ]:
            self.assertIn(reason, self.whatif(*words, status=2), words)


class OnePlan(Scenario):
    def changed(self, plan, before=PLAN):
        """The lines that are new, with the line before each; everything else must be as it was."""
        now = pathlib.Path(plan).read_text().splitlines()
        old = before.splitlines()
        new = []
        for index, line in enumerate(now):
            if old and line == old[0]:
                old.pop(0)
            else:
                new.append((now[index - 1], line))
        self.assertEqual(old, [])
        return new


class Allocating(OnePlan):
    def test_a_line_more_and_nothing_else(self):
        plan = self.write("plan.yaml", PLAN)
        os.chmod(plan, 0o640)
        answer = allocate("application", "lithium", "--plan", plan, "--owner", "power-team", "--note", "batteries: all",
                          "--until", "2099-01-31")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        entry = 'lithium: {id: 3, owner: power-team, description: "batteries: all", until: 2099-01-31}'
        self.assertEqual(answer.stdout, f"{plan}:13: {entry}\n    ports 10303-10304,20303-20304\n")
        self.assertEqual(self.changed(plan), [("      owner: web-team   # ask them", "    " + entry)])
        self.assertEqual(stat.S_IMODE(os.stat(plan).st_mode), 0o640)
        self.assertEqual(os.listdir(os.path.dirname(plan)).count("plan.yaml"), 1)
        said = portolan("explain", "10304", "--plan", plan).stdout
        self.assertIn("lithium: batteries: all, owner power-team, until 2099-01-31, ", said)
        self.assertIn("batteries: all, owner power-team, until 2099-01-31, ", portolan("find", "lithium", "--plan", plan).stdout)
        self.assertEqual(portolan("check", plan).returncode, portolan("check", self.write("p.yaml", PLAN)).returncode)
        rows = portolan("ports", plan, "--format", "csv").stdout.splitlines()
        self.assertEqual([row.split(",")[-2:] for row in rows if "lithium-http" in row], [["power-team", "2099-01-31"]])
        for form, word in [("csv", ",2099-01-31\n"), ("markdown", "| 2099-01-31 |"), ("json", '"until":"2099-01-31"'),
                           ("ansible", 'until: "2099-01-31"'), ("kubernetes", "2099-01-31")]:
            self.assertIn(word, portolan("export", form, "--plan", plan).stdout, form)

    def test_what_is_past_its_day_is_told_and_served(self):
        self.assertEqual(allocate("port", "trial", "--in", "API services", "--until", "2020-02-29", "--plan",
                                  plan := self.write("plan.yaml", PLAN)).returncode, 0)
        before = portolan("check", self.write("before.yaml", PLAN)).stdout
        checked = portolan("check", plan)
        self.assertEqual(checked.returncode, 1)
        self.assertNotIn("[until-past]", before)
        self.assertIn(f"{plan}:23:5: warning: service trial was needed until 2020-02-29, which is past; it is served as "
                      "before [until-past]\n    cure: Free it, or move the date.\n", checked.stdout)
        plan.write_text(plan.read_text().replace("user-api: h1", "user-api: h1, trial: h1"))
        server = self.serve(plan)
        self.assertEqual([record[2] for record in server.srv("_trial._tcp.prod.z.example")], [5001])
        for day in ("2027-02-30", "2027-13-01", "31.01.2027", "2027-1-31"):
            answer = allocate("port", "other", "--in", "API services", "--until", day, "--plan", plan)
            self.assertEqual((answer.returncode != 0, day in answer.stderr), (True, True), answer.stderr)

    def test_in_braces_and_in_a_range(self):
        plan = self.write("plan.yaml", PLAN)
        self.assertEqual(allocate("type", "snmp", "--proto", "udp", "--plan", plan).returncode, 0)
        self.assertIn('  types: {http: 3, ajp: {id: 4, description: "with a , and a }"}, snmp: {id: 5, proto: udp}}\n',
                      plan.read_text())
        self.assertEqual(allocate("port", "order-api", "--in", "API services", "--plan", plan).returncode, 0)
        self.assertIn("    full: {port: 6000, in: Full}\n    order-api: {port: 5001, in: API services}\n",
                      plan.read_text())
        for name, status in [("b-api", 0), ("c-api", 0), ("d-api", 2)]:
            answer = allocate("port", name, "--in", "API services", "--plan", plan)
            self.assertEqual(answer.returncode, status)
        self.assertIn("no port of API services is free", answer.stderr)
        for words, reason in [(["--in", "Nowhere"], 'there is no range "Nowhere"'),
                              (["--in", "Full", "--port", "6001"], "outside Full"),
                              (["--in", "Full", "--port", "6000"], "full has 6000"),
                              (["--in", "Full", "--until", "soon"], "soon is no day of the calendar")]:
            answer = allocate("port", "new", *words, "--plan", plan)
            self.assertEqual((answer.returncode, answer.stdout), (2, ""))
            self.assertIn(reason, answer.stderr)

    def test_what_would_break_the_plan_is_not_written(self):
        plan = self.write("plan.yaml", PLAN + "records: more.zone\n")
        self.write("more.zone", "_d-api._tcp.prod TXT mine\n")
        before = plan.read_text()
        for name in ("hydrogen-http", "d-api"):
            answer = allocate("port", name, "--in", "API services", "--plan", plan)
            self.assertEqual((answer.returncode, answer.stdout), (2, ""))
            self.assertIn(f"_{name}._tcp.prod", answer.stderr)
        self.assertEqual(plan.read_text(), before)

    def test_of_several_plans(self):
        first = self.write("plans/a.yaml", "zone: a.example\nnameservers: {ns1: 192.0.2.53}\n")
        second = self.write("plans/b.yaml", PLAN)
        third = self.write("plans/c.yaml", PLAN.replace("z.example", "y.example").replace("    hydrogen: 1     # the first\n", ""))
        self.assertEqual(allocate("application", "lithium", "--plan", first.parent).returncode, 0)
        self.assertEqual([line for _, line in self.changed(second)], ["    lithium: 3"])
        before = third.read_text()
        answer = allocate("application", "hydrogen", "--plan", first.parent)
        self.assertIn("hydrogen is the name of an application", answer.stderr)
        self.assertEqual(third.read_text(), before)

    def test_a_patch(self):
        plan = self.write("plan.yaml", PLAN)
        folder = os.path.dirname(plan)
        for kind, command in [("application", ["patch", "-p0"]), ("type", ["git", "apply", "-p0"])]:
            before = plan.read_text()
            patch = portolan("allocate", kind, "new-" + kind, "--plan", "plan.yaml", "--patch", cwd=folder).stdout
            self.assertEqual(plan.read_text(), before)
            done = run_command(*command, stdin=patch, cwd=folder)
            self.assertEqual(done.returncode, 0, done.stderr + patch)
            patched = plan.read_text()
            self.write("plan.yaml", before)
            self.assertEqual(allocate(kind, "new-" + kind, "--plan", plan).returncode, 0)
            self.assertEqual(plan.read_text(), patched)

    def test_two_at_once_never_get_the_same(self):
        plan = self.write("plan.yaml", PLAN)
        answers = []

        def one(number):
            answers.append(allocate("application", f"app{number}", "--plan", plan))

        threads = [threading.Thread(target=one, args=(number,)) for number in range(12)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        self.assertEqual({(each.returncode, each.stderr) for each in answers}, {(0, "")})
        ids = [line.split(": ")[1] for _, line in self.changed(plan)]
        self.assertEqual(sorted(map(int, ids)), list(range(3, 15)))

    def test_two_branches_conflict_in_git(self):
        plan = self.write("plan.yaml", PLAN)
        folder = os.path.dirname(plan)

        def git(*words):
            return subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@corp.example", *words], cwd=folder,
                                  capture_output=True, text=True)

        git("init", "-q", "-b", "main")
        git("add", "plan.yaml")
        git("commit", "-qm", "plan")
        for branch, name in [("a", "lithium"), ("b", "boron")]:
            git("checkout", "-q", "-b", branch, "main")
            self.assertEqual(allocate("application", name, "--plan", plan).returncode, 0)
            git("commit", "-qam", name)
        merged = git("merge", "a")
        self.assertNotEqual(merged.returncode, 0)
        self.assertIn("CONFLICT", merged.stdout)

    def test_shapes_of_files(self):
        one_line = "  applications: {hydrogen: 1, helium: 2}\n"
        block = PLAN[PLAN.index("  applications:"):PLAN.index("  types:")]
        at_the_end = """zone: z.example
nameservers: {ns1: 192.0.2.53}
environments: {prod: {hosts: {h1: 10.0.0.1}}}
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  types: {http: 3}
  applications:
    helium: 2"""
        for shape, plan in {
            "braces": PLAN.replace(block, one_line),
            "braces over lines": PLAN.replace(block, "  applications: {\n    hydrogen: 1,\n    helium: 2\n  }\n"),
            "windows": PLAN.replace("\n", "\r\n"),
            "at the end, without a line's end": at_the_end,
        }.items():
            path = self.write("plan.yaml", plan)
            answer = allocate("application", "lithium", "--plan", path)
            self.assertEqual((answer.returncode, answer.stderr), (0, ""), shape)
            self.assertIn("application lithium: ", portolan("find", "lithium", "--plan", path).stdout, shape)
        for shape, plan in {"a comment in braces": PLAN.replace(block, "  applications: {hydrogen: 1, helium: 2 # x\n  }\n"),
                            "no entry": PLAN.replace(block, "  applications: {}\n")}.items():
            path = self.write("plan.yaml", plan)
            answer = allocate("application", "lithium", "--plan", path)
            self.assertEqual(answer.returncode, 2, shape)
            self.assertIn("by hand: lithium: ", answer.stderr, shape)
            self.assertEqual(path.read_text(), plan)

    def test_an_include_and_a_link(self):
        folder = str(self.write("x", "").parent)
        shutil.copy(ZONES / "elements.yaml", folder + "/real.yaml")
        os.symlink("real.yaml", folder + "/link.yaml")
        self.assertEqual(allocate("application", "aluminium", "--plan", folder + "/link.yaml").returncode, 0)
        self.assertTrue(os.path.islink(folder + "/link.yaml"))
        self.assertIn("    aluminium: 13\n", pathlib.Path(folder, "real.yaml").read_text())
        before = (ZONES / "elements.yaml").read_text()
        self.assertEqual(self.changed(folder + "/real.yaml", before), [("    magnesium: 12", "    aluminium: 13")])


class AllocatingByServer(OnePlan):
    """The server writes its own plan."""

    def setUp(self):
        super().setUp()
        self.plan = self.write("plans/plan.yaml", PLAN)
        self.state = self.folder / "state"
        self.api = f"127.0.0.1:{free_port()}"

    def token(self, *rights):
        said = portolan("token", "new", "--state", self.state, *rights)
        self.assertEqual(said.returncode, 0, said.stderr)
        return said.stdout.strip()

    def start(self, *arguments, **options):
        return self.serve(self.plan.parent, state=self.state, arguments=["--api", self.api, *arguments], **options)

    def post(self, token=None, body=None, **order):
        return requests.post(f"http://{self.api}/v1/allocations", data=body if body is not None else json.dumps(order),
                             headers={"Authorization": f"Bearer {token}"} if token else {}, timeout=30)

    def explain(self, question):
        return requests.get(f"http://{self.api}/v1/explain", params={"q": question}, timeout=10)

    def test_a_number_is_served_when_it_is_given(self):
        token = self.token("--allocate", "--note", "power-team")
        server = self.start("--no-watch")
        answer = self.post(token, kind="application", name="lithium", note="batteries: all", until="2099-01-31")
        self.assertEqual((answer.status_code, answer.headers["Location"]), (201, "/v1/explain?q=lithium"), answer.text)
        entry = 'lithium: {id: 3, owner: power-team, description: "batteries: all", until: 2099-01-31}'
        self.assertEqual(answer.json(), {
            "kind": "application", "name": "lithium", "id": 3, "zone": "z.example", "entry": entry,
            "ports": "10303-10304,20303-20304", "file": str(self.plan), "line": 13, "served": True})
        self.assertEqual(self.changed(self.plan), [("      owner: web-team   # ask them", "    " + entry)])
        source = self.explain("10304").json()["plans"][0]["sources"][0]
        self.assertEqual((source["name"], source["owner"], source["until"]), ("lithium", "power-team", "2099-01-31"))
        self.assertEqual([record[2] for record in server.srv("_lithium-ajp._tcp.prod.z.example")], [10304])
        (shown,) = [each for each in requests.get(f"http://{self.api}/v1/map", timeout=10).json()["zones"][0]["applications"]
                    if each["name"] == "lithium"]
        self.assertEqual(shown["until"], "2099-01-31")
        name = portolan("token", "list", "--state", self.state).stdout.split()[0]
        self.assertIn(f'token {name} "power-team" allocated application lithium: {self.plan}:13: {entry}', server.log)
        answer = self.post(token, kind="port", name="order-api", range="API services", proto="udp", owner="orders")
        self.assertEqual((answer.json()["port"], answer.json()["entry"]),
                         (5001, "order-api: {port: 5001, in: API services, proto: udp, owner: orders}"))
        answer = self.post(token, kind="type", name="snmp", id=7, zone="z.example")
        self.assertEqual((answer.json()["id"], answer.json()["ports"]), (7, "10107,10207,10307,20107,20207,20307"))

    def test_only_a_token_that_may(self):
        other = self.token("--service", "user-api", "--note", "deploys")
        may = self.token("--allocate")
        expired = self.token("--allocate", "--expires", "1s")
        self.start("--api-trust", "127.0.0.0/8")
        before = self.plan.read_bytes()
        time.sleep(1.1)
        for token, reason in [(None, "to allocate takes a token"), (other, "may not allocate; portolan token new --allocate"),
                              ("0" * 64, "nobody has that token"), (expired, "has expired")]:
            answer = self.post(token, kind="application", name="lithium")
            self.assertEqual(answer.status_code, 403, answer.text)
            self.assertIn(reason, answer.text)
        self.assertEqual(self.plan.read_bytes(), before)
        self.assertEqual(self.post(may, kind="application", name="lithium").status_code, 201)
        listed = portolan("token", "list", "--state", self.state).stdout
        self.assertEqual([line.count("  allocates") for line in listed.splitlines()], [0, 1, 1])

    def test_words_for_what_cannot_be(self):
        token = self.token("--allocate")
        self.start()
        before = self.plan.read_bytes()
        for status, order, reason in [
            (400, {"body": ""}, "no JSON"), (400, {"body": "{"}, "no JSON"), (400, {"body": "[]"}, "must be an object"),
            (400, {"body": '{"kind": "type", "name": "\udcff"}'.encode("utf-8", "surrogateescape")}, "no JSON"),
            (400, {"body": "[" * 5000}, "no JSON"),
            (413, {"body": "x" * (2 << 20)}, "too large"),
            (400, {"kind": "host", "name": "x"}, "kind must be application, type or port"),
            (400, {"kind": "application"}, "name is missing"),
            (400, {"kind": "application", "name": 5}, "name must be a text"),
            (400, {"kind": "application", "name": "x", "id": "5"}, "id must be a number"),
            (400, {"kind": "application", "name": "x", "colour": "red"}, "colour is unknown"),
            (400, {"kind": "application", "name": "x", "until": "2027-02-30"}, "until must be a day of the calendar"),
            (400, {"kind": "application", "name": "x", "note": "a\nb: 1"}, "note holds a control character"),
            (404, {"kind": "application", "name": "x", "zone": "other.example"}, "no such zone"),
            (404, {"kind": "port", "name": "x", "range": "API servces"}, 'Did you mean "API services"?'),
            (409, {"kind": "application", "name": "hydrogen"}, "hydrogen is the name of an application"),
            (409, {"kind": "application", "name": "x", "id": 2}, "helium has the id 2"),
            (409, {"kind": "application", "name": "x", "id": 100}, "they are 1-99"),
            (409, {"kind": "port", "name": "x", "range": "Full"}, "no port of Full is free"),
            (409, {"kind": "port", "name": "x", "range": "Full", "port": 6000}, "full has 6000"),
            (409, {"kind": "port", "name": "hydrogen-http", "range": "API services"}, "_hydrogen-http._tcp.prod"),
        ]:
            answer = self.post(token, **order)
            self.assertEqual(answer.status_code, status, (order, answer.text))
            self.assertIn(reason, answer.text)
            self.assertIn("text/plain", answer.headers["Content-Type"])
        self.assertEqual(requests.get(f"http://{self.api}/v1/allocations", timeout=10).status_code, 405)
        self.assertEqual(self.plan.read_bytes(), before)

    def test_what_hostile_people_say_stays_inside_its_entry(self):
        token = self.token("--allocate")
        self.start()
        for number, said in enumerate(["<script>alert(1)</script>", "x}, evil: {id: 9", "# no", '"', "\\", "'", "a: b", "*a",
                                       "!!int 5", "{{ x }}", "a\u2028b: 1", "a\u0085b: 1", "\ufeff", "ü", "- x", "null"]):
            answer = self.post(token, kind="application", name=f"app{number}", owner=said, note=said)
            self.assertEqual(answer.status_code, 201, (said, answer.text))
            source = self.explain(f"app{number}").json()["plans"][0]["sources"][0]
            self.assertEqual((source["owner"], source["description"]), (said, said))
        for name in ["<script>", "a: 1\u2028b", "b, c: 4", "Ä", "a b", "-a", "a" * 64, '"a"', "{}", "12"]:
            answer = self.post(token, kind="application", name=name)
            self.assertEqual(answer.status_code // 100, 4, (name, answer.text))
        self.assertEqual(len(self.changed(self.plan)), 16)

    def test_twenty_at_once_get_twenty_numbers(self):
        token = self.token("--allocate")
        server = self.start()
        answers = []

        def one(number):
            if number % 5 == 0:  # by the command, under the same lock
                said = allocate("application", f"app{number}", "--plan", self.plan, "--json")
                answers.append(json.loads(said.stdout)["id"])
            elif number % 5 == 1:  # by the command and the server
                said = portolan("allocate", "application", f"app{number}", "--json", env={"PORTOLAN_API": self.api,
                                                                                         "PORTOLAN_TOKEN": token})
                answers.append(json.loads(said.stdout)["id"])
            else:
                answers.append(self.post(token, kind="application", name=f"app{number}").json()["id"])

        threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        self.assertEqual(sorted(answers), list(range(3, 23)))
        self.assertEqual(len(self.changed(self.plan)), 20)
        self.assertLess(portolan("check", self.plan).returncode, 2)
        self.assertEqual(os.listdir(self.plan.parent), ["plan.yaml"])
        self.assertEqual(len(server.srv("_app19-http._tcp.prod.z.example")), 1)

    def test_who_holds_the_lock_is_waited_for_five_seconds(self):
        token = self.token("--allocate")
        server = self.start()
        with open(self.plan) as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            begun = time.monotonic()
            answer = self.post(token, kind="application", name="lithium")
            self.assertGreater(time.monotonic() - begun, 4.9)
            self.assertEqual((answer.status_code, answer.headers["Retry-After"]), (503, "1"))
            self.assertIn("others are writing", answer.text)
            waiting = threading.Thread(target=lambda: self.post(token, kind="application", name="lithium"))
            waiting.start()
            time.sleep(0.2)
            self.assertEqual(len(server.srv("_hydrogen-ajp._tcp.prod.z.example")), 1)  # DNS does not wait
            self.assertEqual(self.explain("hydrogen").status_code, 200)
        waiting.join()
        self.assertEqual([line for _, line in self.changed(self.plan)], ["    lithium: 3"])

    def test_a_plan_that_the_server_cannot_write(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, for a mount")
        token = self.token("--allocate")
        folder = str(self.plan.parent)
        within = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"', folder]
        server = Server([folder], self.folder / "server", state=self.state, arguments=["--api", self.api])
        server.command[:0] = within
        self.addCleanup(server.stop_and_judge)
        server.start()
        answer = self.post(token, kind="application", name="lithium")
        self.assertEqual(answer.status_code, 503)
        self.assertIn(f"cannot write beside {self.plan}: Read-only file system; let this user (0) write in {folder} (under "
                      "systemd, ReadWritePaths=)", answer.text)
        self.assertNotIn("Retry-After", answer.headers)
        self.assertIn("could not allocate: cannot write beside", server.log)
        self.assertEqual(self.plan.read_text(), PLAN)

    def test_plans_with_errors_elsewhere(self):
        token = self.token("--allocate")
        server = self.start("--no-watch")
        self.write("plans/second.yaml", "zone: y.example\n")
        answer = self.post(token, kind="application", name="lithium")
        self.assertEqual((answer.status_code, answer.json()["served"]), (201, False))
        self.assertEqual(self.explain("lithium").status_code, 404)
        said = portolan("allocate", "application", "boron", "--api", self.api, env={"PORTOLAN_TOKEN": token})
        self.assertEqual((said.returncode, said.stdout), (0, f"{self.plan}:14: boron: 4\n    ports 10403-10404,20403-20404\n"))
        self.assertIn("it is written, and not served yet", said.stderr)
        os.unlink(self.plan.parent / "second.yaml")
        server.reload()
        server.wait_for_log("zone z.example is changed")
        self.assertEqual(self.explain("lithium").status_code, 200)

    def test_the_command(self):
        token = self.token("--allocate")
        file = self.write("token", token + "\n")
        self.start()
        answer = allocate("application", "lithium", "--owner", "me", "--note", "it", "--until", "2099-01-31", "--api",
                          "http://" + self.api, "--token-file", file)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertEqual(answer.stdout, f"{self.plan}:13: lithium: {{id: 3, owner: me, description: it, until: 2099-01-31}}\n"
                                        "    ports 10303-10304,20303-20304\n")
        answer = allocate("port", "b-api", "--in", "API services", "--port", "5003", "--proto", "udp", "--api", self.api,
                          "--token-file", file, "--json")
        self.assertEqual(json.loads(answer.stdout)["entry"], "b-api: {port: 5003, in: API services, proto: udp}")
        answer = allocate("type", "snmp", "--api", self.api)
        self.assertEqual(answer.returncode, 2)
        self.assertIn("Permission denied", answer.stderr)
        answer = allocate("type", "snmp", "--zone", "y.example", "--api", self.api, "--token-file", file)
        self.assertIn("no such zone", answer.stderr)
        answer = allocate("type", "snmp", "--patch", "--api", self.api)
        self.assertNotEqual(answer.returncode, 0)
        self.assertIn("--patch excludes --api", answer.stderr)
        named = self.write("mine.yaml", PLAN)  # a plan that is named is meant, whatever the environment says
        answer = portolan("allocate", "type", "snmp", "--plan", named, env={"PORTOLAN_API": self.api})
        self.assertEqual((answer.returncode, answer.stdout.startswith(f"{named}:")), (0, True), answer.stderr)


if __name__ == "__main__":
    main()
