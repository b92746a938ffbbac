"""Somebody needs numbers for something new: what would follow of it, and then the next free ones, written into the plan
without touching anything else; two people at once never get the same.
"""

import json
import os
import pathlib
import shutil
import stat
import subprocess
import threading

from portolan_scenario import ZONES, Scenario, main, portolan, run_command

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


class Allocating(Scenario):
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

    def test_a_line_more_and_nothing_else(self):
        plan = self.write("plan.yaml", PLAN)
        os.chmod(plan, 0o640)
        answer = allocate("application", "lithium", "--plan", plan, "--owner", "power-team", "--note", "batteries: all",
                          "--until", "2027-01-31")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        entry = 'lithium: {id: 3, owner: power-team, description: "batteries: all, until 2027-01-31"}'
        self.assertEqual(answer.stdout, f"{plan}:13: {entry}\n    ports 10303-10304,20303-20304\n")
        self.assertEqual(self.changed(plan), [("      owner: web-team   # ask them", "    " + entry)])
        self.assertEqual(stat.S_IMODE(os.stat(plan).st_mode), 0o640)
        self.assertEqual(os.listdir(os.path.dirname(plan)).count("plan.yaml"), 1)
        said = portolan("explain", "10304", "--plan", plan).stdout
        self.assertIn("lithium: batteries: all, until 2027-01-31, owner power-team, ", said)
        self.assertEqual(portolan("check", plan).returncode, portolan("check", self.write("p.yaml", PLAN)).returncode)

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
                              (["--in", "Full", "--until", "soon"], "no date")]:
            answer = allocate("port", "new", *words, "--plan", plan)
            self.assertEqual((answer.returncode, answer.stdout), (2, ""))
            self.assertIn(reason, answer.stderr)

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


if __name__ == "__main__":
    main()
