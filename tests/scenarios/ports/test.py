"""Somebody finds a number in a firewall log, and somebody else needs one for a server.xml.

`portolan port` and `portolan explain` are each other's inverse; `portolan ports` is the table that
replaces the wiki page. Exit status, JSON and suggestions are what their --help promises.
"""

import csv
import io
import json

from portolan_scenario import ZONES, Scenario, main, portolan

ELEMENTS = str(ZONES / "elements.yaml")


def port(*words):
    return portolan("port", *words, "--plan", ELEMENTS)


def explain(number, *options):
    return portolan("explain", number, "--plan", ELEMENTS, *options)


def rows(environment):
    table = portolan("ports", ELEMENTS, "--environment", environment, "--format", "csv")
    return list(csv.DictReader(io.StringIO(table.stdout)))


class Ports(Scenario):
    def test_names_to_a_number(self):
        for words, number in [
            (["oxygen", "snmp", "4"], "40805"),
            (["hydrogen", "ajp", "1"], "10104"),
            (["sodium", "mcast", "3", "--environment", "prod"], "11111"),
        ]:
            answer = port(*words)
            self.assertEqual((answer.returncode, answer.stdout), (0, number + "\n"), words)

    def test_what_the_plan_does_not_have(self):
        for words, reason in [
            (["oxigen", "snmp", "4"], 'Did you mean "oxygen"?'),
            (["oxygen", "snmp", "5"], "instance 5 is outside"),
            (["sodium", "mcast", "3"], "--environment"),
        ]:
            answer = port(*words)
            self.assertEqual((answer.returncode, answer.stdout), (1, ""), words)
            self.assertIn(reason, answer.stderr)

    def test_a_number_to_names(self):
        answer = explain("40805")
        self.assertEqual(answer.returncode, 0)
        for part in [
            "40805/udp is oxygen snmp, instance 4.",
            "40805 = 4 (instance) 08 (oxygen) 05 (snmp)",
            "dig SRV _oxygen-snmp._udp.prod.svc.corp.example",
            "ephemeral range 32768-60999",
            "net.ipv4.ip_local_reserved_ports = 40805",
        ]:
            self.assertIn(part, answer.stdout)

    def test_a_number_as_json(self):
        said = json.loads(explain("40805", "--json").stdout)
        self.assertTrue(said["assigned"])
        (plan,) = said["plans"]
        (assignment,) = plan["assignments"]
        self.assertEqual((assignment["application"], assignment["type"]), ("oxygen", "snmp"))
        self.assertEqual((assignment["instance"], assignment["protocol"]), (4, "udp"))
        prod = [each for each in plan["endpoints"] if each["environment"] == "prod"]
        self.assertEqual(prod[0]["srv"], "_oxygen-snmp._udp.prod.svc.corp.example")
        self.assertIn("ephemeral-range", [each["rule"] for each in plan["findings"]])

    def test_how_a_port_is_checked(self):
        plan = self.write("checked.yaml", """
zone: z.example
nameservers: {ns1: 192.0.2.53}
health: {verdict: instance, via: http, interval: 5s}
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  applications: {hydrogen: 1}
  types: {http: {id: 3, check: {http: /health}}, ajp: 4, jmx: {id: 5, check: none}}
environments: {prod: {hosts: {h1: 10.0.0.1}, place: {hydrogen: h1}}}
""")
        for number, line in [
            ("10103", "checked by http /health every 5s, 3 to fall, 2 to rise\n"),
            ("10104", "checked by http /health every 5s, 3 to fall, 2 to rise at its http port\n"),
            ("10105", ""),
        ]:
            said = portolan("explain", number, "--plan", plan).stdout
            self.assertIn(line, said)
            self.assertEqual("checked by" in said, line != "", number)
            (plans,) = json.loads(portolan("explain", number, "--json", "--plan", plan).stdout)["plans"]
            self.assertEqual(plans["endpoints"][0].get("check", ""), line[len("checked by "):].strip())

    def test_numbers_that_nobody_has(self):
        for number in ["0", "12", "17712", "65535", "40805/tcp"]:
            answer = explain(number)
            self.assertEqual(answer.returncode, 0, number)
            self.assertIn(f"{number} belongs to nobody", answer.stdout)
        for number, reason in [("65536", "the highest is 65535"), ("jb1:ajp", "is not a port number")]:
            answer = explain(number)
            self.assertEqual((answer.returncode, answer.stdout), (2, ""), number)
            self.assertIn(reason, answer.stderr)

    def test_the_table(self):
        table = rows("dev")
        self.assertEqual(len(table), 168)
        for row in table[::17]:  # what the table says, `port` says too
            answer = port(row["application"], row["type"], row["instance"], "--environment", "dev")
            self.assertEqual(answer.stdout.strip(), row["port"])
        group = [row for row in table if row["service"] == "sodium-mcast"]
        self.assertEqual([row["port"] for row in group], ["11107", "11107"])
        unpublished = [row for row in table if row["type"] == "shutdown"]
        self.assertEqual({row["srv"] for row in unpublished}, {""})
        wrong = portolan("ports", ELEMENTS, "--environment", "pord")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn('Did you mean "prod"?', wrong.stderr)

    def test_the_forms_of_the_table(self):
        text = portolan("ports", ELEMENTS, "--environment", "dev").stdout
        self.assertIn("    08 oxygen", text)
        self.assertNotIn("\x1b", text)
        markdown = portolan("ports", ELEMENTS, "--environment", "dev", "--format", "markdown").stdout
        self.assertIn("| 08 | oxygen |", markdown)
        (plan,) = json.loads(portolan("ports", ELEMENTS, "-e", "dev", "--format", "json").stdout)
        self.assertEqual(len(plan["ports"]), 168)
        self.assertEqual(plan["ports"][0]["port"], 10101)


if __name__ == "__main__":
    main()
