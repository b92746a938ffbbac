"""What portolan prints for other programs, those programs take: zones, JSON, a schema."""
import json
import re

import portolan_scenario as scenario

ZONE = re.compile(r"^zone:\s*(\S+)", re.MULTILINE)


def plans():
    """(zone name, plan) of every plan in zones/."""
    return [(match.group(1).rstrip("."), file) for file in sorted(scenario.ZONES.glob("*.yaml"))
            if (match := ZONE.search(file.read_text()))]


class Export(scenario.Scenario):
    def test_other_servers_find_nothing_to_complain_of(self):
        self.assertGreaterEqual(len(plans()), 3)
        for zone, plan in plans():
            exported = scenario.portolan("zone", plan)
            self.assertEqual((exported.returncode, exported.stderr), (0, ""))
            file = self.write(f"{zone}.zone", exported.stdout)
            checks = [
                # -i local: the addresses of names elsewhere are not this machine's to look up.
                (["named-checkzone", "-i", "local", "-k", "fail", "-n", "fail", "-r", "fail", "-S", "fail", zone, file],
                 r"zone \S+: loaded serial \d+\nOK\n"),
                (["nsd-checkzone", zone, file], r"zone \S+ is ok\n"),
                (["kzonecheck", "--dnssec", "off", "-o", zone, file], r"(No semantic error found\n)?"),
            ]
            for command, expected in checks:
                with self.subTest(zone=zone, check=command[0]):
                    result = scenario.run_command(*command)
                    self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                    self.assertRegex(result.stdout + result.stderr, rf"\A{expected}\Z")

    def test_the_export_is_a_plan_that_exports_the_same(self):
        """A master file that portolan wrote, served as it is, is the zone that it was written from."""
        for zone, plan in plans():
            with self.subTest(zone=zone):
                first = scenario.portolan("zone", plan, "--serial", 7).stdout
                self.write("again.zone", first)
                again = self.write("again.yaml", f"zone: {zone}\nrecords: again.zone\n")
                result = scenario.portolan("zone", again)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(result.stdout, first)

    def test_check_and_schema_are_json(self):
        result = scenario.portolan("check", "--json", scenario.ZONES)
        self.assertIn(result.returncode, (0, 1), result.stderr)
        self.assertEqual(result.stderr, "")
        self.assertTrue(json.loads(result.stdout))
        schema = json.loads(scenario.portolan("schema").stdout)
        self.assertIn("zone", schema["properties"])


if __name__ == "__main__":
    scenario.main()
