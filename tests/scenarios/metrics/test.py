# ctest: timeout 120
"""What operators scrape and alert on, with Prometheus' own tools; /live and /ready."""
import json
import pathlib
import re
import socket

import dns.message
import dns.rcode
import requests

from etcd import Etcd
from portolan_scenario import Scenario, free_port, main, run_command, wait_until

MONITORING = pathlib.Path(__file__).resolve().parents[3] / "docs" / "monitoring"

PLAN = """
zone: svc.corp.example
nameservers: {{ns1: 192.0.2.53}}
contact: dns@corp.example
health: {{interval: 200ms, timeout: 200ms, fall: 1, rise: 1, preserve: 100}}
registry:
  services:
    web: {{port: {up}, check: tcp, endpoints: [{{host: h1}}]}}
    mail: {{port: {down}, check: tcp, endpoints: [{{host: h1}}]}}
    feed: {{port: 7000, endpoints: []}}
environments:
  prod: {{networks: [127.0.0.0/8], hosts: {{h1: 127.0.0.1}}}}
"""


class Metrics(Scenario):
    def setUp(self):
        super().setUp()
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        self.text = PLAN.format(up=listener.getsockname()[1], down=free_port("127.0.0.1"))
        self.plan = self.write("plan.yaml", self.text)
        self.api = f"127.0.0.1:{free_port('127.0.0.1')}"

    def start(self, *arguments, **options):
        self.server = self.serve(self.plan, state=self.folder / "state", arguments=["--api", self.api, *arguments],
                                 **options)

    def status(self, path):
        try:
            return requests.get(f"http://{self.api}{path}", timeout=10).status_code
        except requests.ConnectionError:
            return None

    def get(self, path, status=200):
        answer = requests.get(f"http://{self.api}{path}", timeout=10)
        self.assertEqual(answer.status_code, status, answer.text)
        return answer.text

    def value(self, name):
        """Of one sample, as the text has it: portolan_zone_serial{zone="z"}."""
        return next((float(line.rsplit(" ", 1)[1]) for line in self.get("/metrics").splitlines()
                     if line.rsplit(" ", 1)[0] == name), None)

    def test_promtool_accepts_what_is_said(self):
        self.start("--query-log", str(self.folder / "queries"))
        said = self.get("/metrics")
        checked = run_command("promtool", "check", "metrics", stdin=said)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))
        # Whatever the alerts and the dashboard ask for is said, or would be among several nodes.
        names = set(re.findall(r"^# TYPE (\S+)", said, re.M)) | {"portolan_node_author", "portolan_node_cut_off"}
        board = json.loads((MONITORING / "dashboard.json").read_text())
        asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
        self.assertGreater(len(asked), 10)
        for text in (*asked, (MONITORING / "alerts.yml").read_text()):
            self.assertEqual(set(re.findall(r"\b(?:portolan|process)_[a-z_]+\b", text)) - names, set(), text)

    def test_alerts_fire_when_they_should(self):
        for command in (("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")):
            done = run_command("promtool", *command, cwd=MONITORING)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_dashboards_questions_can_be_asked(self):
        board = json.loads((MONITORING / "dashboard.json").read_text())
        asked = [target["expr"].replace("$__rate_interval", "1m").replace("$instance", "a")
                 for panel in board["panels"] for target in panel["targets"]]
        rules = {"groups": [{"name": "dashboard", "rules": [{"record": f"q:{i}", "expr": each}
                                                            for i, each in enumerate(asked)]}]}
        file = self.write("rules.yml", json.dumps(rules))
        done = run_command("promtool", "check", "rules", file)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_what_is_counted(self):
        self.start()
        zone = "svc.corp.example"
        rows = [  # question, by TCP, the counters that rise by one
            (("_web._tcp.prod." + zone, "SRV"), False, ['queries_total{transport="udp",type="SRV"}',
                                                        'replies_total{transport="udp",rcode="NOERROR"}']),
            (("h1.prod." + zone, "A"), True, ['queries_total{transport="tcp",type="A"}',
                                              'replies_total{transport="tcp",rcode="NOERROR"}']),
            (("nothing." + zone, "AAAA"), False, ['queries_total{transport="udp",type="AAAA"}',
                                                  'replies_by_class_total{class="nxdomain"}']),
            (("elsewhere.example", "MX"), False, ['queries_total{transport="udp",type="MX"}',
                                                  'replies_total{transport="udp",rcode="REFUSED"}']),
            (("h1.prod." + zone, "TYPE4711"), False, ['queries_total{transport="udp",type="other"}',
                                                      'replies_by_class_total{class="nodata"}']),
        ]
        for question, tcp, counters in rows:
            with self.subTest(question):
                before = [self.value("portolan_" + each) for each in counters]
                self.server.ask(*question, tcp=tcp)
                self.assertEqual([self.value("portolan_" + each) for each in counters], [each + 1 for each in before])
        newer = dns.message.make_query(zone, "SOA")
        newer.use_edns(1)  # of which nobody knows
        self.assertEqual(self.server.exchange(newer).rcode(), dns.rcode.BADVERS)
        self.assertEqual(self.value('portolan_replies_total{transport="udp",rcode="BADVERS"}'), 1)
        wait_until(lambda: self.value('portolan_checked_endpoints{verdict="critical"}') == 1, what="the dead one")
        self.assertEqual(self.value('portolan_checked_endpoints{verdict="passing"}'), 1)
        self.assertEqual(self.value(f'portolan_zone_serial{{zone="{zone}"}}'),
                         self.server.ask(zone, "SOA").answer[0][0].serial)
        said = requests.put(f"http://{self.api}/v1/agent/service/register", timeout=10,
                            json={"Name": "feed", "Address": "127.0.0.1", "Port": 7000})
        self.assertEqual(said.status_code, 200, said.text)
        self.assertEqual(self.value('portolan_registrations{verdict="passing"}'), 1)
        self.assertEqual(self.value('portolan_registration_writes_total{result="kept"}'), 1)

    def test_ready_says_what_is_not(self):
        self.start()
        self.assertEqual((self.get("/live"), self.get("/ready")), ("alive\n", "ready\n"))
        self.assertEqual(self.value("portolan_plans_sound"), 1)
        self.replace("plan.yaml", self.text + "nonsense: 1\n")
        wait_until(lambda: self.status("/ready") == 503, what="it to be not ready")
        self.assertIn("the plans have errors", self.get("/ready", 503))
        self.assertEqual(self.value("portolan_plans_sound"), 0)
        self.replace("plan.yaml", self.text)
        wait_until(lambda: self.status("/ready") == 200, what="it to be ready")

    def test_a_server_that_waits_for_etcd_lives_and_is_not_ready(self):
        etcd = Etcd(self.folder / "etcd")
        self.addCleanup(etcd.kill)
        self.start("--store", f"etcd://127.0.0.1:{etcd.port}", "--node", "a", wait=False)
        wait_until(lambda: self.status("/live") == 200, what="the API")
        self.assertIn("not known yet", self.get("/ready", 503))
        self.assertEqual(self.value("portolan_registrations_ready"), 0)
        etcd.start()
        wait_until(lambda: self.status("/ready") == 200, 20, "it to be ready")
        wait_until(lambda: self.value("portolan_node_author") == 1, 20, "it to make the steps")


if __name__ == "__main__":
    main()
