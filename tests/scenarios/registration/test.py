# ctest: timeout 180
"""Programs register as they did with Consul, and DNS finds them; nothing acknowledged is lost, whatever kills the
server.

All of it happens in a network namespace of its own, which has the host `consul` and the addresses 10.0.0.5 and
10.0.1.50. That needs root.
"""
import http.server
import json
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time
import unittest

import requests

import own_network
from portolan_scenario import Scenario, main, portolan, wait_until, SLOWNESS

HERE = pathlib.Path(__file__).resolve().parent
API = "http://127.0.0.1:8500"
SERVICE = "_my-service._tcp.dev.svc.corp.example"

PLAN = """
zone: svc.corp.example
nameservers: {ns1: 192.0.2.53}
contact: dns@corp.example
registry:
  ranges: {API services: 5000-5099}
  services:
    order-api: {port: 5002, in: API services}
    web: {endpoints: []}
  dynamic: {names: [my-service, worker], ports: 10000-60999, environments: [dev]}
environments:
  dev: {networks: [10.0.0.0/24], hosts: {box1: 10.0.0.11}}
  prod: {aliases: [production], networks: [10.0.1.0/24], hosts: {app1: 10.0.1.11}}
"""


def setUpModule():
    own_network.enter("addr add 10.0.0.5/32 dev lo", "addr add 10.0.0.6/32 dev lo", "addr add 10.0.1.50/32 dev lo",
                      files={"/etc/hosts": "127.0.0.1 localhost consul\n"})


class Registration(Scenario):
    def serve_plan(self, *arguments, **options):
        return self.serve(self.write("plan.yaml", PLAN), arguments=arguments, **options)

    def register(self, expected=200, token=None, **service):
        headers = {"X-Consul-Token": token} if token else {}
        answer = requests.put(f"{API}/v1/agent/service/register", json=service, headers=headers, timeout=20)
        self.assertEqual(answer.status_code, expected, answer.text)
        return answer.text

    def put(self, path, expected=200, **options):
        answer = requests.put(API + path, timeout=20, **options)
        self.assertEqual(answer.status_code, expected, answer.text)
        return answer.text

    def get(self, path):
        answer = requests.get(API + path, timeout=60)
        self.assertEqual(answer.status_code, 200, answer.text)
        return answer.json(), int(answer.headers.get("X-Consul-Index", 0))

    def listen(self, address, port=0):
        """Something that takes connections there; returns its port."""
        listener = socket.create_server((address, port))
        self.addCleanup(listener.close)
        return listener.getsockname()[1]

    # -- what programs written for Consul do

    def test_a_program_that_binds_port_0_is_found_by_dig(self):
        server = self.serve_plan()
        program = subprocess.Popen(["/usr/bin/python3", HERE / "snippet_a.py"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        port = int(program.stdout.readline())
        program.stdout.close()
        wait_until(lambda: server.dig("SRV", SERVICE, "+short"), what="the service in DNS")
        self.assertRegex(server.dig("SRV", SERVICE, "+short"), rf"^\d+ \d+ {port} ip-10-0-0-5\.dev\.svc\.corp\.example\.$")
        self.assertEqual(server.dig("A", "ip-10-0-0-5.dev.svc.corp.example", "+short").strip(), "10.0.0.5")

    def test_a_definition_file_is_registered_and_found_by_dig(self):
        server = self.serve_plan()

        class Healthy(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200 if self.path == "/health" else 404)
                self.end_headers()

            def log_message(self, *_):
                pass
        service = http.server.ThreadingHTTPServer(("10.0.1.50", 5002), Healthy)
        threading.Thread(target=service.serve_forever, daemon=True).start()
        self.addCleanup(service.server_close)
        self.addCleanup(service.shutdown)
        registered = portolan("register", HERE / "order-api.json")
        self.assertEqual((registered.returncode, registered.stdout), (0, "registered order-api order-api-1\n"))
        name = "_order-api._tcp.prod.svc.corp.example"
        wait_until(lambda: server.dig("SRV", name, "+short"), what="the service in DNS")
        self.assertIn(" 5002 ip-10-0-1-50.prod.svc.corp.example.", server.dig("SRV", name, "+short"))
        self.put("/v1/agent/service/register", data=(HERE / "order-api.json").read_text())
        checks, _ = self.get("/v1/health/checks/order-api")
        self.assertEqual({(each["Name"], each["Type"]) for each in checks},
                         {("HTTP Health", "http"), ("TCP Port", "tcp")})

    def test_what_consuls_clients_ask_has_the_shape_they_need(self):
        self.serve_plan()
        self.register(Name="worker", ID="w1", Address="10.0.0.5", Port=20001, Tags=["v1"], Meta={"zone": "a"},
                      Check={"TTL": "10s", "DeregisterCriticalServiceAfter": "1m"})
        self.register(Name="worker", ID="w2", Address="10.0.0.6", Port=20002,
                      Checks=[{"TTL": "10s", "Status": "passing"}, {"TTL": "20s", "Status": "passing"}])
        self.assertEqual(self.get("/v1/catalog/services")[0], {"worker": ["v1"]})
        self.assertEqual(set(self.get("/v1/agent/services")[0]), {"w1", "w2"})
        self.assertEqual(set(self.get("/v1/agent/checks")[0]), {"service:w1", "service:w2:1", "service:w2:2"})
        passing, _ = self.get("/v1/health/service/worker?passing=true")
        self.assertEqual([each["Service"]["ID"] for each in passing], ["w2"])
        self.put("/v1/agent/check/pass/service%3Aw1?note=fine")
        passing, _ = self.get("/v1/health/service/worker?passing&tag=v1")
        self.assertEqual([(each["Service"]["ID"], each["Service"]["Port"], each["Checks"][0]["Output"])
                          for each in passing], [("w1", 20001, "fine")])
        listed, _ = self.get("/v1/catalog/service/worker")
        self.assertEqual([(each["ServiceAddress"], each["ServiceTags"]) for each in listed],
                         [("10.0.0.5", ["v1"]), ("10.0.0.6", [])])
        self.assertEqual(self.get("/v1/health/service/nobody")[0], [])
        self.assertEqual(self.get("/v1/catalog/datacenters")[0], ["dev", "prod"])
        self.assertEqual(len(self.get("/v1/health/state/any")[0]), 3)
        self.assertIn("Config", self.get("/v1/agent/self")[0])
        self.get("/v1/status/leader")
        self.put("/v1/agent/service/deregister/w2")
        self.put("/v1/agent/service/deregister/w2", expected=404)
        self.assertEqual(set(self.get("/v1/agent/services")[0]), {"w1"})

    def test_a_heartbeat_that_stays_away_takes_the_endpoint_out(self):
        server = self.serve_plan()
        self.register(Name="worker", ID="w1", Address="10.0.0.5", Port=20001, Check={"TTL": "1s"})
        self.assertEqual(server.srv("_worker._tcp.dev.svc.corp.example"), [])
        self.put("/v1/agent/check/pass/service:w1")
        self.assertEqual(len(server.srv("_worker._tcp.dev.svc.corp.example")), 1)  # when the reply is there
        wait_until(lambda: not server.srv("_worker._tcp.dev.svc.corp.example"), what="the endpoint to be taken out")
        self.put("/v1/agent/check/update/service:w1", json={"Status": "passing", "Output": "back"})
        self.assertEqual(len(server.srv("_worker._tcp.dev.svc.corp.example")), 1)
        self.put("/v1/agent/service/maintenance/w1?enable=true&reason=upgrade")
        self.assertEqual(server.srv("_worker._tcp.dev.svc.corp.example"), [])

    def test_a_blocking_query_is_answered_with_the_news(self):
        self.serve_plan()
        self.register(Name="worker", ID="w1", Address="10.0.0.5", Port=20001)
        _, index = self.get("/v1/health/service/worker")
        idle = time.monotonic()
        self.assertEqual(self.get(f"/v1/health/service/worker?index={index}&wait=500ms")[1], index)
        self.assertGreaterEqual(time.monotonic() - idle, 0.5)
        got = []
        waiting = threading.Thread(
            target=lambda: got.append(self.get(f"/v1/health/service/worker?index={index}&wait=30s")))
        waiting.start()
        self.register(Name="my-service", Address="10.0.0.5", Port=30001)  # of no interest
        time.sleep(0.3)
        self.assertEqual(got, [])
        self.register(Name="worker", ID="w2", Address="10.0.0.5", Port=20002)
        waiting.join(10)
        self.assertEqual([each["Service"]["ID"] for each in got[0][0]], ["w1", "w2"])
        self.assertGreater(got[0][1], index)

    # -- what is refused

    def test_what_cannot_be_is_refused_with_a_sentence(self):
        server = self.serve_plan()
        self.register(Name="worker", ID="w1", Address="10.0.0.5", Port=20001)
        for expected, service, sentence in [
                (400, {}, "Missing service name"),
                (400, {"Name": "worker", "Address": "10.0.0.5", "Port": 0}, "port 0 is not"),
                (400, {"Name": "worker", "Address": "10.0.0.5", "Port": 70000}, "from 0 to 65535"),
                (400, {"Name": "my_service", "Address": "10.0.0.5", "Port": 20000}, "cannot be a service's name"),
                (400, {"Name": "worker", "Address": "10.9.0.5", "Port": 20000}, "which environment 10.9.0.5 is in"),
                (403, {"Name": "worker", "Address": "10.0.0.5", "Port": 80}, "outside the plan's dynamic: ports"),
                (403, {"Name": "workr", "Address": "10.0.0.5", "Port": 20000}, 'Did you mean "worker"?'),
                (403, {"Name": "worker", "Address": "10.0.1.5", "Port": 20000}, "only in dev of svc.corp.example"),
                (409, {"Name": "my-service", "Address": "10.0.0.5", "Port": 20001}, "is registered by worker w1 of dev"),
                (400, {"Name": "worker", "Address": "10.0.0.5", "Port": 20000,
                       "Check": {"TCP": "10.0.0.6:22", "Interval": "1s"}}, "go to its own address"),
                (400, {"Name": "worker", "Address": "10.0.0.5", "Port": 20000,
                       "Check": {"Args": ["/bin/id"], "Interval": "1s"}}, "write it in the plan")]:
            with self.subTest(sentence):
                self.assertIn(sentence, self.register(expected, **service))
        unknown = {"Name": "worker", "ID": "w2", "Address": "10.0.0.5", "Port": 20002, "Proxy": {"x": 1}, "Kind": ""}
        self.register(200, **unknown)
        self.assertIn("Request decode failed", self.put("/v1/agent/service/register", 400, data="{\"Name\": "))
        self.assertIn("too deep", self.put("/v1/agent/service/register", 400, data="[" * 100000))
        self.assertEqual(requests.get(API + "/v1/nowhere", timeout=5).status_code, 404)
        self.assertEqual(requests.get(API + "/v1/agent/check/register", timeout=5).headers["Allow"], "PUT")
        self.assertTrue(server.is_running())

    def test_a_client_that_sends_too_much_or_too_slowly_holds_nobody_up(self):
        server = self.serve_plan()
        before = server.resident_kib()
        with socket.create_connection(("127.0.0.1", 8500), 20) as large:
            large.sendall(b"PUT /v1/agent/service/register HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\n")
            try:
                for _ in range(100):
                    large.sendall(b" " * 1048576)
            except OSError:
                pass  # it has been told, and need not be listened to
            self.assertIn(b" 413 ", large.recv(65536))
        self.assertLess(server.resident_kib() - before, 20 * 1024 * SLOWNESS)
        slow = [socket.create_connection(("127.0.0.1", 8500), 30 * SLOWNESS) for _ in range(50)]
        for each in slow:
            each.sendall(b"PUT /v1/agent/service/register HTTP/1.1\r\nHost: x\r\n")
        begun = time.monotonic()
        self.register(Name="worker", ID="w1", Address="10.0.0.5", Port=20001)
        self.assertLess(time.monotonic() - begun, 2 * SLOWNESS)
        for each in slow:  # one header a second would last for ever
            each.sendall(b"X: y\r\n")
        for each in slow:
            self.assertEqual(each.recv(100), b"")
            each.close()
        self.assertLess(time.monotonic() - begun, 20 * SLOWNESS)

    def test_tokens_say_who_may(self):
        server = self.serve_plan()
        self.register(Name="worker", ID="free", Address="10.0.0.5", Port=20001)  # as long as there are none

        def token(*arguments):
            made = portolan("token", "new", "--state", server.state, *arguments)
            self.assertEqual(made.returncode, 0, made.stderr)
            return made.stdout.strip()
        worker = token("--service", "worker", "--environment", "dev", "--note", "the workers")
        short = token("--expires", "1s")
        kept = (server.state / "tokens").read_text()
        self.assertNotIn(worker, kept)
        self.assertEqual((server.state / "tokens").stat().st_mode & 0o777, 0o600)
        service = {"Name": "worker", "ID": "w1", "Address": "10.0.0.5", "Port": 20002}
        self.assertIn("a token is needed", self.register(403, **service))
        self.assertIn("nobody has that token", self.register(403, token="f" * 64, **service))
        self.register(200, token=worker, **service)
        other = {"Name": "my-service", "Address": "10.0.0.5", "Port": 20003}
        self.assertIn("is for worker, not for my-service", self.register(403, token=worker, **other))
        bearer = requests.put(f"{API}/v1/agent/service/register", json=service,
                              headers={"Authorization": f"Bearer {worker}"}, timeout=5)
        self.assertEqual(bearer.status_code, 200)
        self.assertIn("a token is needed", self.put("/v1/agent/service/deregister/w1", 403))
        time.sleep(2.1)
        self.assertIn("has expired", self.register(403, token=short, **service))
        listed = portolan("token", "list", "--state", server.state).stdout
        self.assertRegex(listed, r"services worker  environments dev  never expires  the workers")
        self.assertEqual(portolan("token", "revoke", "--state", server.state, kept[7:15]).returncode, 0)
        self.assertIn("nobody has that token", self.register(403, token=worker, **service))

    def test_an_api_for_other_hosts_needs_tokens(self):
        plan = self.write("plan.yaml", PLAN)
        refused = portolan("serve", plan, "--listen", "127.0.0.1:5399", "--state", self.folder / "s",
                           "--api", "10.0.0.6:8500")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("would let every host register: make a token first", refused.stderr)
        self.serve(plan, arguments=["--api", "10.0.0.6:8500", "--api-trust", "10.0.0.0/24"])
        answer = requests.put("http://10.0.0.6:8500/v1/agent/service/register", timeout=5,
                              json={"Name": "worker", "Address": "10.0.0.5", "Port": 20001})
        self.assertEqual((answer.status_code, answer.text), (200, ""))

    def test_a_port_that_is_taken_is_said(self):
        first = self.serve_plan()
        second = self.serve_plan()
        second.wait_for_log("nobody can register: .*127.0.0.1:8500")
        third = self.serve(self.write("plan.yaml", PLAN), arguments=["--api", "127.0.0.1:8500"], wait=False)
        third.expected_status = 1
        third.process.wait(20 * SLOWNESS)
        self.assertIn("127.0.0.1:8500", third.log)
        self.assertTrue(first.is_running())

    # -- what survives

    def test_what_was_acknowledged_survives_kill_9(self):
        plan = self.write("plan.yaml", PLAN)
        state = self.folder / "state"
        acknowledged, gone = {}, set()
        server = self.serve(plan, state=state)
        for round in range(5):
            stop = threading.Event()

            def register(worker):
                session = requests.Session()
                for i in range(10000):
                    if stop.is_set():
                        return
                    name, port = f"w{round}-{worker}-{i}", 10000 + (round * 4 + worker) * 2000 + i
                    try:
                        answer = session.put(f"{API}/v1/agent/service/register", timeout=5, json={
                            "Name": "worker", "ID": name, "Address": "10.0.0.5", "Port": port,
                            "Check": {"TTL": "300s"}})  # critical: not in the SRV set, whose size has a limit
                        if answer.status_code == 200:
                            acknowledged[name] = port
                        if i % 3 == 0:
                            gone.add(name)  # from here on it may be there or not
                            acknowledged.pop(name, None)
                            answer = session.put(f"{API}/v1/agent/service/deregister/{name}", timeout=5)
                            if answer.status_code == 200:
                                gone.discard(name)
                    except requests.RequestException:
                        return
            workers = [threading.Thread(target=register, args=(worker,)) for worker in range(4)]
            for each in workers:
                each.start()
            time.sleep(0.4 * SLOWNESS)
            server.process.kill()
            server.process.wait()
            stop.set()
            for each in workers:
                each.join()
            checked = portolan("store", "check", "--state", state)
            self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
            (server.folder / "out").unlink()
            server.start()
            there = {each["ID"]: each["Port"] for each in self.get("/v1/agent/services")[0].values()}
            for name, port in acknowledged.items():
                self.assertEqual(there.get(name), port, f"{name} was acknowledged")
            unexplained = {name for name in there if name not in acknowledged and name not in gone}
            self.assertLessEqual(len(unexplained), 4 * (round + 1))  # written, and killed before the reply
        self.assertGreater(len(acknowledged), 20)

    def test_a_reply_follows_the_disk(self):
        server = self.serve_plan()
        trace = self.folder / "trace"
        strace = subprocess.Popen(["strace", "-f", "-p", str(server.pid), "-o", trace, "-s", "40", "-e",
                                   "trace=fdatasync,fsync,sendmsg,sendto,write,writev,pwrite64"],
                                  stderr=subprocess.PIPE, text=True)
        self.addCleanup(strace.stderr.close)
        if "attached" not in strace.stderr.readline():
            strace.wait()
            raise unittest.SkipTest("strace cannot attach here")
        self.register(Name="worker", ID="w1", Address="10.0.0.5", Port=20001)
        strace.terminate()
        strace.wait()
        lines = trace.read_text().splitlines()
        synced = [i for i, line in enumerate(lines) if re.search(r"fdatasync\(\d+\) += 0", line)]
        replied = [i for i, line in enumerate(lines) if "HTTP/1.1 200 " in line]
        self.assertEqual(len(replied), 1, lines)
        self.assertTrue(synced and synced[-1] < replied[0], "\n".join(lines))

    # -- the commands

    def test_the_commands_show_and_change_what_is_registered(self):
        server = self.serve_plan()
        watching = subprocess.Popen([*server.command[:server.command.index("serve")], "watch"],
                                    stdout=subprocess.PIPE, text=True)
        self.addCleanup(watching.stdout.close)
        self.addCleanup(watching.wait)
        self.addCleanup(watching.kill)
        definition = self.write("w.json", json.dumps({"services": [
            {"name": "worker", "id": "w1", "address": "10.0.0.5", "port": 20001},
            {"name": "worker", "id": "w2", "address": "10.0.0.5", "port": 20002}]}))
        self.assertEqual(portolan("register", definition).returncode, 0)
        self.assertRegex(watching.stdout.readline(), r"^\+ dev +worker w1 +passing +10.0.0.5:20001")
        self.assertEqual(portolan("wait", "--visible", "w1").returncode, 0)
        status = json.loads(portolan("status", "--json").stdout)
        self.assertEqual([each["id"] for each in status["registrations"]], ["w1", "w2"])
        serial = status["zones"][0]["serial"]
        self.assertEqual(portolan("wait", "--serial", serial).returncode, 0)
        self.assertEqual(portolan("wait", "--serial", serial + 100, "--timeout", "0.2").returncode, 2)
        services = portolan("services", "worker", "--environment", "dev").stdout
        self.assertRegex(services, r"worker/tcp  ip-10-0-0-5:20001  ip-10-0-0-5:20002")
        worker = "_worker._tcp.dev.svc.corp.example"
        self.assertEqual(portolan("drain", "w1", "--for", "1s", "--reason", "upgrade").returncode, 0)
        tiers = {port: priority for priority, _, port, _ in server.srv(worker)}
        self.assertEqual(sorted(tiers), [20001, 20002])
        self.assertGreater(tiers[20001], tiers[20002])
        self.assertIn("draining", portolan("status").stdout)
        wait_until(lambda: [port for _, _, port, _ in server.srv(worker)] == [20002], 5, "it to have drained")
        self.assertIn("maintenance", portolan("status").stdout)
        self.assertEqual(portolan("drain", "w1", "--off").returncode, 0)
        self.assertEqual(len(server.srv("_worker._tcp.dev.svc.corp.example")), 2)
        self.assertEqual(portolan("deregister", "w1").returncode, 0)
        self.assertEqual(len(server.srv("_worker._tcp.dev.svc.corp.example")), 1)
        refused = portolan("deregister", "w1")
        self.assertEqual(refused.returncode, 2)
        self.assertIn('Unknown service or check ID "w1"', refused.stderr)

    def test_the_native_api_leases(self):
        server = self.serve_plan()
        announced = requests.put(f"{API}/v1/portolan/registrations", timeout=5, json={
            "service": "worker", "id": "w1", "address": "10.0.0.5", "port": 20001, "lease": "1s"})
        self.assertEqual(announced.status_code, 200, announced.text)
        self.assertEqual(announced.json()["environment"], "dev")
        for _ in range(4):
            time.sleep(0.4)
            self.put("/v1/portolan/registrations/w1/renew")
        self.assertEqual(len(server.srv("_worker._tcp.dev.svc.corp.example")), 1)
        wait_until(lambda: not self.get("/v1/portolan/registrations")[0], what="the lease to end")
        self.assertEqual(server.srv("_worker._tcp.dev.svc.corp.example"), [])
        self.assertEqual(self.get("/v1/portolan/openapi.json")[0]["openapi"], "3.0.3")


if __name__ == "__main__":
    main()
