# ctest: timeout 180
"""Two servers keep their registrations in one etcd: what a program registers at one of them, DNS finds at both.

While etcd is away both go on answering, and say so to whoever wants to register.
"""
import json
import signal
import threading
import time

import requests

from etcd import Etcd, certificate
from portolan_scenario import Scenario, free_port, main, portolan, run_command, wait_until

PLAN = """
zone: svc.corp.example
nameservers: {ns1: 192.0.2.53}
contact: dns@corp.example
registry:
  dynamic: {names: [web, worker], ports: 10000-60999}
environments:
  prod: {networks: [10.0.0.0/16]}
"""
WEB = "_web._tcp.prod.svc.corp.example"


class Node:
    """A server, and the API of it."""

    def __init__(self, scenario, name, *arguments, plan=PLAN, wait=True):
        port = free_port()
        self.api = f"http://127.0.0.1:{port}"
        self.server = scenario.serve(
            scenario.write("plan.yaml", plan), wait=wait,
            arguments=["--api", f"127.0.0.1:{port}", "--node", name, *arguments])

    def register(self, seconds=20, **service):
        return requests.put(f"{self.api}/v1/agent/service/register", json=service, timeout=seconds)

    def deregister(self, id):
        return requests.put(f"{self.api}/v1/agent/service/deregister/{id}", timeout=20)

    def get(self, path):
        answer = requests.get(self.api + path, timeout=60)
        return answer.json(), int(answer.headers["X-Consul-Index"])

    def ports(self, name=WEB):
        return sorted(int(line.split()[2]) for line in self.server.dig("SRV", name, "+short").splitlines())


class SharedRegistrations(Scenario):
    def etcd(self, **options):
        etcd = Etcd(self.folder / "etcd", **options)
        self.addCleanup(etcd.kill)
        return etcd.start()

    def nodes(self, etcd, *names, **options):
        return [Node(self, name, "--store", f"etcd://127.0.0.1:{etcd.port}", **options) for name in names]

    def wait_for_ports(self, node, *expected):
        wait_until(lambda: node.ports() == sorted(expected), 20, f"{expected} in DNS")

    def test_what_is_registered_at_one_is_found_at_the_other(self):
        a, b = self.nodes(self.etcd(), "a", "b")
        self.assertEqual(a.register(Name="web", ID="w1", Address="10.0.0.5", Port=10001).status_code, 200)
        self.assertEqual(b.register(Name="web", ID="w2", Address="10.0.0.6", Port=10002).status_code, 200)
        self.wait_for_ports(a, 10001, 10002)
        self.wait_for_ports(b, 10001, 10002)
        self.assertEqual(a.get("/v1/health/service/web"), b.get("/v1/health/service/web"))

        taken = b.register(Name="worker", ID="x", Address="10.0.0.5", Port=10001)
        self.assertEqual(taken.status_code, 409)
        self.assertIn("web w1 of prod", taken.text)

        self.assertEqual(b.deregister("w1@10.0.0.5").status_code, 200)
        self.wait_for_ports(a, 10002)

    def test_what_nsupdate_says_to_one_both_answer(self):
        key = self.folder / "update.key"
        self.assertEqual(portolan("key", "tsig", "update.corp.example", "--file", key).returncode, 0)
        a, b = self.nodes(self.etcd(), "a", "b", plan=PLAN + "updates: [{key: {file: update.key}}]\n")
        steps = [  # node, edit, ports that both answer then
            (a, f"add {WEB} 30 SRV 10 100 10001 ip-10-0-0-5.prod.svc.corp.example.", [10001]),
            (b, f"add {WEB} 30 SRV 10 100 10002 ip-10-0-0-6.prod.svc.corp.example.", [10001, 10002]),
            (b, f"delete {WEB} SRV 10 100 10001 ip-10-0-0-5.prod.svc.corp.example.", [10002]),
            (a, f"delete {WEB} SRV", []),
        ]
        for node, edit, ports in steps:
            with self.subTest(edit):
                done = run_command("nsupdate", "-k", key, stdin=f"server 127.0.0.1 {node.server.port}\n"
                                   f"zone svc.corp.example\nupdate {edit}\nsend\n")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.wait_for_ports(a, *ports)
                self.wait_for_ports(b, *ports)

    def test_a_persons_word_on_a_planned_endpoint_is_everybodys(self):
        plan = PLAN.replace("registry:", "registry:\n  services: {mail: {port: 25, check: tcp, endpoints: [{host: h1}]}}")
        a, b = self.nodes(self.etcd(), "a", "b", plan=plan.replace("networks:", "hosts: {h1: 10.0.0.1}, networks:"))
        mail = "_mail._tcp.prod.svc.corp.example"
        for off, ports in (((), []), (("--off",), [25])):
            said = portolan("maintenance", "h1.prod:25", *off, "--api", a.api.removeprefix("http://"))
            self.assertEqual(said.returncode, 0, said.stderr)
            for node in (a, b):
                wait_until(lambda: node.ports(mail) == ports, 20, f"{ports} for mail")

    def test_a_blocking_query_is_woken_by_what_comes_to_the_other(self):
        a, b = self.nodes(self.etcd(), "a", "b")
        a.register(Name="web", ID="w1", Address="10.0.0.5", Port=10001)
        _, index = a.get("/v1/health/service/web")
        woken = []
        asking = threading.Thread(target=lambda: woken.append(a.get(f"/v1/health/service/web?index={index}&wait=30s")))
        asking.start()
        time.sleep(0.2)
        b.register(Name="web", ID="w2", Address="10.0.0.6", Port=10002)
        asking.join(20)
        (entries, later), = woken
        self.assertEqual([each["Service"]["ID"] for each in entries], ["w1", "w2"])
        self.assertGreater(later, index)

    def test_a_heartbeat_may_come_to_either(self):
        a, b = self.nodes(self.etcd(), "a", "b")
        a.register(Name="web", ID="w1", Address="10.0.0.5", Port=10001, Check={"TTL": "2s"})
        for i in range(12):
            node = (a, b)[i // 3 % 2]
            answer = requests.put(f"{node.api}/v1/agent/check/pass/service:w1", timeout=20)
            self.assertEqual(answer.status_code, 200, answer.text)
            self.wait_for_ports(a, 10001)
            self.wait_for_ports(b, 10001)
            time.sleep(0.5)
        self.wait_for_ports(a)
        self.wait_for_ports(b)

    def test_what_died_with_its_keeper_goes_as_well(self):
        a, b = self.nodes(self.etcd(), "a", "b")
        b.server.wait_for_log("the zones are shared by a, b")
        a.register(Name="web", ID="w1", Address="10.0.0.5", Port=10001,
                   Check={"TTL": "3s", "Status": "passing"})
        self.wait_for_ports(b, 10001)
        a.server.expected_status = -signal.SIGKILL
        a.server.signal(signal.SIGKILL)
        b.server.wait_for_log("1 registrations are looked after here, since a is gone", 20)
        self.assertEqual(b.ports(), [10001])
        self.wait_for_ports(b)

    def test_while_etcd_is_away_answers_go_on_and_nothing_else(self):
        etcd = self.etcd()
        a, b = self.nodes(etcd, "a", "b")
        a.register(Name="web", ID="w1", Address="10.0.0.5", Port=10001)
        self.wait_for_ports(b, 10001)
        etcd.kill()
        a.server.wait_for_log("registrations cannot be shared: etcd at 127.0.0.1:")
        refused = a.register(Name="web", ID="w2", Address="10.0.0.6", Port=10002)
        self.assertEqual(refused.status_code, 503)
        self.assertRegex(refused.text, r"^nothing can be kept now: etcd at 127\.0\.0\.1:\d+: .")
        self.assertEqual(a.ports(), [10001])
        self.assertEqual(a.get("/v1/health/service/web")[0][0]["Service"]["ID"], "w1")
        etcd.start()
        wait_until(lambda: a.register(Name="web", ID="w2", Address="10.0.0.6", Port=10002).status_code == 200, 20,
                   "etcd to be found again")
        self.wait_for_ports(a, 10001, 10002)
        self.wait_for_ports(b, 10001, 10002)

    def test_a_server_that_starts_finds_what_was_registered(self):
        etcd = self.etcd()
        a, = self.nodes(etcd, "a")
        a.register(Name="web", ID="w1", Address="10.0.0.5", Port=10001)
        b, = self.nodes(etcd, "b")
        self.wait_for_ports(b, 10001)

    def test_etcd_may_ask_for_a_user(self):
        etcd = self.etcd()
        etcd.ask_for_users("portolan", "secret")
        store = ["--store", f"etcd://127.0.0.1:{etcd.port}", "--store-user", "portolan", "--store-password-file"]
        a = Node(self, "a", *store, self.write("good", "secret\n"))
        self.assertEqual(a.register(Name="web", ID="w1", Address="10.0.0.5", Port=10001).status_code, 200)
        b = Node(self, "b", *store, self.write("bad", "wrong\n"), wait=False)
        b.server.wait_for_log(r"authentication failed, invalid user ID or password \(user \"portolan\"\)")

    def test_etcd_may_speak_tls(self):
        files = certificate(self.folder)
        etcd = self.etcd(tls=files)
        store = ["--store", f"etcds://127.0.0.1:{etcd.port}", "--store-ca"]
        a = Node(self, "a", *store, files[0])
        self.assertEqual(a.register(Name="web", ID="w1", Address="10.0.0.5", Port=10001).status_code, 200)
        (self.folder / "other").mkdir()
        other = certificate(self.folder / "other")
        b = Node(self, "b", *store, other[0], wait=False)
        b.server.wait_for_log("certificate verify failed")

    def test_the_store_goes_out_as_lines_and_comes_in_from_them(self):
        etcd = self.etcd()
        store = ["--store", f"etcd://127.0.0.1:{etcd.port}"]
        a, = self.nodes(etcd, "a")
        a.register(Name="web", ID="w1", Address="10.0.0.5", Port=10001)
        checked = portolan("store", "check", *store)
        self.assertEqual((checked.returncode, checked.stdout), (0, f"{store[1]} is sound, 1 registrations\n"))
        lines = portolan("store", "export", *store).stdout
        self.assertEqual(json.loads(lines)["registration"]["id"], "w1")
        again = portolan("store", "import", *store, stdin=lines)
        self.assertEqual(again.returncode, 2)
        a.deregister("w1")
        self.wait_for_ports(a)
        again = portolan("store", "import", *store, stdin=lines)
        self.assertEqual((again.returncode, again.stdout), (0, "imported 1 registrations\n"))
        self.wait_for_ports(a, 10001)

    def test_options_that_do_not_fit_are_refused(self):
        plan = self.write("plan.yaml", PLAN)
        for arguments, said in (
                (["--store", "consul://10.0.0.1"],
                 '--store: "consul://10.0.0.1" is no store like etcd://10.0.0.1:2379,10.0.0.2:2379'),
                (["--store", "etcd://10.0.0.1:0"], '--store: "10.0.0.1:0" is no place of an etcd like 10.0.0.1:2379'),
                (["--store", "etcd://10.0.0.1,"], '--store: "" is no place of an etcd like 10.0.0.1:2379'),
                (["--store-user", "x"], "--store-... options are for --store, which is missing"),
                (["--node", "x"], "--node is for --store, which is missing"),
                (["--store", "etcd://10.0.0.1", "--store-ca", "x"],
                 "--store-ca, --store-cert and --store-key are for TLS: --store etcds://…"),
                (["--store", "etcds://10.0.0.1", "--store-key", "x"], "--store-cert and --store-key belong together"),
                (["--store", "etcd://10.0.0.1", "--store-user", "x"],
                 "--store-user and --store-password-file belong together"),
                (["--store", "etcds://10.0.0.1", "--store-ca", "/none.pem"],
                 "/none.pem is no list of certificates in PEM: No such file or directory")):
            with self.subTest(arguments):
                done = portolan("serve", plan, "--listen", "127.0.0.1:0", *arguments)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(said, done.stderr)


if __name__ == "__main__":
    main()
