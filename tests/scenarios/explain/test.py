"""Whatever somebody has at hand, a number from a firewall log, host:port, a name, the plans say who, where and why;
a running server adds how it fares, and when what registered itself ends.

`explain` and `find` read plans, or ask a server (--api), and print the same then. By DNS a port is asked for as PTR.
"""

import json
import time
import urllib.error
import urllib.parse
import urllib.request

from portolan_scenario import ZONES, Scenario, free_port, main, portolan, wait_until

ELEMENTS = str(ZONES / "elements.yaml")
REGISTRY = str(ZONES / "registry.yaml")

LIVE = """
zone: svc.corp.example
nameservers: {ns1: 192.0.2.53}
health: {interval: 200ms, timeout: 150ms, fall: 1, rise: 1}
registry:
  ranges: {API services: 5000-5099}
  services:
    web: {port: 5001, in: API services, owner: web-team, description: pages, check: {tcp: yes}}
  dynamic: {names: [my-service], ports: 10000-60999, environments: [dev]}
environments:
  dev: {networks: [10.0.0.0/24, 127.0.0.0/8], hosts: {box1: 127.0.0.9}, place: {web: box1}}
"""


def explain(question, *options, plan=ELEMENTS):
    return portolan("explain", question, "--plan", plan, *options)


def find(*words, plan=ELEMENTS):
    return portolan("find", *words, "--plan", plan)


class Explaining(Scenario):
    def test_names(self):
        for question, lines in [
            ("hydrogen", ["hydrogen is the application 01 of XYYZZ.", "    hydrogen-ajp/tcp: 10104, 20104, 30104, 40104",
                          "    prod: jb1 10.1.0.11 2001:db8:1::11: 10101-10106", "zones/elements.yaml:17:5"]),
            ("ajp", ["ajp/tcp is the type 04 of XYYZZ.", "    oxygen-ajp/tcp: 10804, 20804, 30804, 40804"]),
            ("mcast", ["mcast/udp is the type 07 in dev, 08 in qa, 09 in uat, 10 in preprod and 11 in prod of XYYZZ, "
                       "always counted as instance 1, multicast."]),
            ("hydrogen-ajp", ["10104 = 1 (instance) 01 (hydrogen) 04 (ajp), by the pattern XYYZZ",
                              "    prod: jb2:20104 10.1.0.12 2001:db8:1::12",
                              "dig SRV _hydrogen-ajp._tcp.prod.svc.corp.example", "[nodeport-range]"]),
            ("HYDROGEN-shutdown", ["        not published"]),
            ("jb1", ["jb1 is a host of dev: 10.4.0.11.", "jb1 is a host of prod: 10.1.0.11 and 2001:db8:1::11."]),
            ("jb1.prod", ["    oxygen: ", "snmp 40805/udp"]),
            ("10.1.0.11", ["jb1 is a host of prod"]),
            ("production", ["prod is an environment, also called production of 2 hosts in 10.1.0.0/16 and "
                            "2001:db8:1::/48; its multicast group is 239.1.11.1."]),
            ("2.hydrogen.prod", ["hydrogen is the application 01 of XYYZZ; instance 2 in prod."]),
        ]:
            answer = explain(question)
            self.assertEqual((answer.returncode, answer.stderr), (0, ""), question)
            for line in lines:
                self.assertIn(line, answer.stdout, question)

    def test_owners_as_dig_shows_them(self):
        for question, line in [
            ("_hydrogen-ajp._tcp.prod", "hydrogen-ajp/tcp is the port of the type ajp that hydrogen has in prod."),
            ("_hydrogen-ajp._tcp.prod.svc.corp.example.", "    prod: jb1:10104 "),
            ("_ajp._tcp.hydrogen.prod", "hydrogen-ajp/tcp is the port"),
            ("_jmx._tcp.prod", "jmx/tcp is the type 02"),
            ("10104._tcp._port.prod", "10104/tcp is hydrogen ajp, instance 1."),
            ("40805._udp._port.prod.svc.corp.example.", "    prod: jb1 10.1.0.11"),
        ]:
            answer = explain(question)
            self.assertEqual((answer.returncode, answer.stderr), (0, ""), question)
            self.assertIn(line, answer.stdout, question)
            self.assertNotIn("preprod:", answer.stdout, question)
        self.assertEqual(explain("_hydrogen-ajp._udp.prod").returncode, 1)

    def test_a_port_at_a_host(self):
        for question, first in [
            ("jb1.prod:10104", "10104 is hydrogen-ajp at jb1 of prod."),
            ("10.1.0.11:10104", "10104 is hydrogen-ajp at jb1 of prod."),
            ("[2001:db8:1::11]:10104/tcp", "10104/tcp is hydrogen-ajp at jb1 of prod."),
            ("jb2.prod:10104", "Nothing is placed on 10104 at jb2 of prod."),
            ("10.9.9.9:10104", "No host has the address 10.9.9.9."),
        ]:
            answer = explain(question)
            self.assertEqual(answer.returncode, 0, question)
            self.assertEqual(answer.stdout.splitlines()[0], first, question)
            self.assertIn("10104/tcp is hydrogen ajp, instance 1.\n", answer.stdout, question)

    def test_a_registry(self):
        said = explain("user-api", plan=REGISTRY).stdout
        self.assertIn("user-api is a service of the registry (API services).", said)
        self.assertIn("    user-api: User API, owner accounts, ", said)
        self.assertIn("    5001/tcp\n", said)
        self.assertIn("    prod: app1:5001 10.10.0.11 ", said)
        self.assertIn("mongodb, at db2 (Databases)", explain("27018", plan=REGISTRY).stdout)

    def test_what_nobody_knows(self):
        for question, status, reason in [
            ("oxigen", 1, 'nothing is called "oxigen". Did you mean "oxygen"?'),
            ("jb9:10104", 1, 'there is no host "jb9". Did you mean "jb1"?'),
            ("65536", 2, "65536 is not a port: the highest is 65535"),
            ("jb1:70000", 2, "70000 is not a port"),
            ("40805/tdp", 2, '"tdp" is not a protocol'),
            (":80", 2, "no host stands before the colon"),
            ("jb1:http", 2, '"http" is not a port number'),
            (" ", 2, "nothing is asked"),
            ("x" * 2000, 2, "longer than any name"),
        ]:
            answer = explain(question)
            self.assertEqual((answer.returncode, answer.stdout), (status, ""), question)
            self.assertIn(reason, answer.stderr)

    def test_find(self):
        for words, lines in [
            (["LIFE"], ["application carbon: ", "application oxygen: 10801-10811,"]),
            (["web", "edit"], ["application helium: "]),
            (["tomcat"], ["type shutdown: "]),
            (["oxy", "snmp"], ["service oxygen-snmp: 10805,20805,30805,40805"]),
            (["40805"], ["service oxygen-snmp: "]),
            (["jb2", "prod"], ["host jb2: prod, "]),
            (["staging"], ["environment preprod: "]),
        ]:
            answer = find(*words)
            self.assertEqual((answer.returncode, answer.stderr), (0, ""), words)
            for line in lines:
                self.assertIn(line, answer.stdout, words)
        self.assertEqual(find("oxygen").stdout.count("\n"), 1)
        nothing = find("hydorgen")
        self.assertEqual((nothing.returncode, nothing.stdout), (1, ""))
        self.assertIn('Did you mean "hydrogen"?', nothing.stderr)
        many = find("-").stdout.splitlines()  # each of 7 applications' services, and 5 owners
        self.assertEqual((len(many), many[-1]), (51, "… and 4 more"))


class AskingAServer(Scenario):
    def get(self, path, expected=200):
        try:
            with urllib.request.urlopen(f"http://{self.api}{path}", timeout=20) as answer:
                status, body = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read().decode()
        self.assertEqual(status, expected, body)
        return json.loads(body) if status == 200 else body

    def serve_with_api(self, plan):
        self.api = f"127.0.0.1:{free_port()}"
        return self.serve(plan, arguments=["--api", self.api])

    def test_it_says_what_the_plans_say(self):
        self.serve_with_api(ELEMENTS)
        for question in ["40805", "hydrogen-ajp", "jb1.prod:10104", "_jmx._tcp.prod", "12"]:
            by_plan, by_server = explain(question), portolan("explain", question, "--api", self.api)
            self.assertEqual(by_plan.stdout, by_server.stdout, question)
            self.assertEqual(by_server.returncode, 0)
        self.assertEqual(portolan("find", "life", "--api", self.api).stdout, find("life").stdout)
        unknown = portolan("explain", "oxigen", "--api", self.api)
        self.assertEqual(unknown.returncode, 1)
        self.assertIn('Did you mean "oxygen"?', unknown.stderr)

    def test_by_http(self):
        server = self.serve_with_api(ELEMENTS)
        said = self.get("/v1/explain?q=40805")
        self.assertEqual((said["port"], said["assigned"], said["registrations"]), (40805, True, []))
        self.assertEqual(said["plans"][0]["assignments"][0]["service"], "oxygen-snmp")
        self.assertEqual(self.get("/v1/explain?q=jb1.prod%3A10104")["plans"][0]["endpoints"][0]["host"], "jb1")
        self.assertEqual(self.get("/v1/find?q=oxygen%20snmp")["found"][0]["name"], "oxygen-snmp")
        self.assertIn("Did you mean", self.get("/v1/explain?q=oxigen", 404))
        for bad in ["/v1/explain", "/v1/explain?q=70000", "/v1/find", "/v1/find?q=a+b%20c%20d%20e%20f%20g%20h%20i%20j"]:
            self.get(bad, 400)
        hostile = "<script>alert(1)</script>"
        self.assertIn(hostile, self.get("/v1/explain?q=" + urllib.parse.quote(hostile), 404))
        self.assertEqual(server.dig("+short", "PTR", "10104._tcp._port.prod.svc.corp.example").strip(),
                         "_hydrogen-ajp._tcp.prod.svc.corp.example.")

    def test_health_and_when_a_registration_ends(self):
        self.serve_with_api(self.write("plan.yaml", LIVE))

        def said(question):
            answer = portolan("explain", question, "--api", self.api)
            self.assertEqual(answer.returncode, 0, answer.stderr)
            return answer.stdout

        wait_until(lambda: "box1 127.0.0.9, critical" in said("5001"), what="the check to fail")
        self.assertIn("box1:5001 127.0.0.9, critical", said("web"))
        body = {"service": "my-service", "id": "m1", "address": "10.0.0.5", "port": 40123, "lease": "30s",
                "environment": "dev", "checks": [{"id": "beat", "heartbeat": {"ttl": "20s"}, "gone_after": "1m",
                                                  "initially": "passing"}]}
        request = urllib.request.Request(f"http://{self.api}/v1/portolan/registrations", json.dumps(body).encode(),
                                         method="PUT")
        urllib.request.urlopen(request, timeout=20).close()
        for question in ["40123", "my-service", "10.0.0.5", "ip-10-0-0-5.dev", "_my-service._tcp.dev", "10.0.0.5:40123",
                         "40123._tcp._port.dev"]:
            text = said(question)
            self.assertIn("registered: my-service m1 of dev at 10.0.0.5:40123/tcp, passing\n", text, question)
            self.assertRegex(text, r"    Its lease of 30s ends in \d+s, at 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ, unless it is "
                                   r"renewed\.\n", question)
            self.assertRegex(text, r"    Its check beat is critical in \d+s, at \S+Z, unless it reports again\.\n")
            self.assertIn("    It is withdrawn when its check beat was critical for 1m.\n", text)
        self.assertIn("40123/tcp is my-service in dev, as it announced.", said("40123"))
        (one,) = self.get("/v1/explain?q=40123")["registrations"]
        self.assertRegex(one["ends_in"], r"^(30s|29(\.\d+)?s|2\d.*s)$")
        self.assertLess(abs(time.mktime(time.strptime(one["ends_at"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
                            - time.time() - 29), 5)
        self.assertNotIn("registered:", said("5001"))


if __name__ == "__main__":
    main()
