# ctest: timeout 240
# ctest: serial
"""HAProxy and Prometheus find instances by SRV, lose the dead one, and have it back when it revives.

Real backends are killed with `kill -9` under load. HAProxy loses no request but those that the dead one had in
hand: what comes after is sent to the other (`option redispatch`, `retry-on conn-failure`), and soon the dead one is
not in its list any more.

All of it happens in a network namespace of its own, where port 53 and /etc/resolv.conf are ours, since Prometheus
asks only those. That needs root.
"""
import asyncio
import csv
import dataclasses
import json
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import own_network
from portolan_scenario import Scenario, main, run_command, wait_until

HERE = pathlib.Path(__file__).resolve().parent
ONE, OTHER = "10.1.0.1", "10.1.0.2"
WEB_PORT, PROXY_PORT = 8080, 8000
WEB = "_web._tcp.prod.svc.corp.example"
RATE, CONNECTIONS = 1000, 20  # requests a second, over so many connections

PLAN = f"""\
zone: svc.corp.example
nameservers: {{ns1: 127.0.0.1}}
contact: dns@corp.example
weight_scale: haproxy
ttls: {{service: 1s}}
health: {{interval: 300ms, timeout: 300ms, fall: 2, rise: 2, preserve: 100}}
registry:
  services:
    web:
      check: {{http: /}}
      endpoints: [{{host: app1, port: {WEB_PORT}}}, {{host: app2, port: {WEB_PORT}}}]
environments:
  prod: {{hosts: {{app1: {ONE}, app2: {OTHER}}}}}
"""

HAPROXY = f"""\
global
    stats socket unix@haproxy.sock mode 600 level admin
resolvers portolan
    nameserver ns1 127.0.0.1:53
    accepted_payload_size 1232
    timeout resolve 200ms
    timeout retry   200ms
    hold valid      200ms
    hold obsolete   0s
defaults
    mode http
    timeout connect 500ms
    timeout client  10s
    timeout server  10s
    retries 3
    retry-on conn-failure
    option redispatch 1
frontend www
    bind 127.0.0.1:{PROXY_PORT}
    default_backend web
backend web
    balance roundrobin
    server-template web 4 {WEB} resolvers portolan resolve-opts allow-dup-ip init-addr none
"""

PROMETHEUS = f"""\
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: web
    dns_sd_configs: [{{names: [{WEB}], type: SRV, refresh_interval: 1s}}]
"""


def setUpModule():
    own_network.enter(f"addr add {ONE}/32 dev lo", f"addr add {OTHER}/32 dev lo",
                      files={"/etc/resolv.conf": "nameserver 127.0.0.1\n"})


def takes_connections(address, port):
    with socket.socket() as one:
        return one.connect_ex((address, port)) == 0


@dataclasses.dataclass
class Request:
    sent: float
    done: float = 0.0
    by: str = ""  # the backend that answered; "" for none


class Load:
    """Requests by HAProxy, evenly RATE a second, until it is stopped."""

    def __init__(self):
        self.requests = []
        self.is_over = False
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()))
        self.thread.start()

    def stop(self):
        self.is_over = True
        self.thread.join()
        return self.requests

    async def run(self):
        await asyncio.gather(*(self.client(number) for number in range(CONNECTIONS)))

    async def client(self, number):
        step = CONNECTIONS / RATE
        when = time.monotonic() + step * number / CONNECTIONS
        connection = None
        while not self.is_over:
            await asyncio.sleep(max(0.0, when - time.monotonic()))
            when += step
            connection = connection or await asyncio.open_connection("127.0.0.1", PROXY_PORT)
            request = Request(time.monotonic())
            self.requests.append(request)
            if not await self.ask(request, *connection):
                connection[1].close()
                connection = None

    @staticmethod
    async def ask(request, reader, writer):
        """Whether the connection is good for more."""
        try:
            writer.write(b"GET / HTTP/1.1\r\nHost: web\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                return False
            request.by = (await reader.readline()).decode().strip()
            return True
        except (asyncio.IncompleteReadError, ConnectionError):
            return False
        finally:
            request.done = time.monotonic()


class Failover(Scenario):
    def setUp(self):
        super().setUp()
        self.backends = {}
        for name, address in (("one", ONE), ("other", OTHER)):
            self.start_backend(name, address)
        self.server = self.serve(self.write("plan.yaml", PLAN), port=53, arguments=("--api", "none"))
        wait_until(lambda: len(self.found()) == 2, 10, "both backends in DNS")

    def run_beside(self, *command):
        with open(self.folder / "beside", "ab") as log:
            process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=subprocess.STDOUT)
        self.addCleanup(self.kill, process)
        return process

    @staticmethod
    def kill(process):
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()

    def start_backend(self, name, address):
        self.backends[name] = self.run_beside(sys.executable, HERE / "backend.py", address, str(WEB_PORT), name)
        wait_until(lambda: takes_connections(address, WEB_PORT), 10, f"backend {name}")

    def found(self):
        return [record[3].split(".")[0] for record in self.server.srv(WEB)]

    def said(self):
        return (self.folder / "beside").read_text(errors="replace")


class Haproxy(Failover):
    def setUp(self):
        super().setUp()
        checked = run_command("haproxy", "-c", "-f", self.write("haproxy.cfg", HAPROXY), cwd=self.folder)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.run_beside("haproxy", "-db", "-f", "haproxy.cfg")
        wait_until(lambda: len(self.servers_up()) == 2, 15, "HAProxy to have both backends")

    def servers_up(self):
        """The addresses of HAProxy's servers that take traffic."""
        try:
            with socket.socket(socket.AF_UNIX) as admin:
                admin.connect(str(self.folder / "haproxy.sock"))
                admin.sendall(b"show stat\n")
                text = b"".join(iter(lambda: admin.recv(65536), b"")).decode()
        except OSError:
            return []
        rows = csv.DictReader(text.lstrip("# ").splitlines())
        return sorted(row["addr"].split(":")[0] for row in rows
                      if row["pxname"] == "web" and row["svname"] != "BACKEND" and row["status"] == "no check")

    def test_a_killed_backend_costs_the_requests_that_it_had_in_hand(self):
        load = Load()
        wait_until(lambda: len({each.by for each in load.requests[-50:]}) == 2, 10, "both backends to answer")
        time.sleep(1)
        self.kill(self.backends["one"])
        dead = time.monotonic()
        wait_until(lambda: self.servers_up() == [OTHER], 15, "HAProxy to be rid of the dead one")
        rid = time.monotonic()
        time.sleep(0.5)
        self.start_backend("one", ONE)
        wait_until(lambda: len(self.servers_up()) == 2, 15, "HAProxy to have it back")
        back = time.monotonic()
        time.sleep(1)
        requests = load.stop()

        lost = [each for each in requests if not each.by]
        self.assertEqual([each for each in lost if each.sent > dead or each.done < dead - 1], [],
                         "requests were lost that were not in hand at the kill")
        self.assertLessEqual(len(lost), CONNECTIONS)
        self.assertGreater(len(requests), RATE)
        share = [each.by for each in requests if each.sent > back].count("one")
        self.assertGreater(share, 0, "what was revived gets no requests")
        took = requests[-1].sent - requests[0].sent
        print(f"{len(requests)} requests in {took:.1f} s, {len(lost)} lost; the dead one was gone from HAProxy after "
              f"{rid - dead:.2f} s, the revived one answered {share} of the last "
              f"{sum(each.sent > back for each in requests)}")


class Prometheus(Failover):
    def targets(self, port):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/targets", timeout=2) as reply:
                active = json.load(reply)["data"]["activeTargets"]
        except OSError:
            return None
        return sorted(each["discoveredLabels"]["__address__"].split(".")[0] for each in active)

    def test_targets_follow_the_set(self):
        self.write("prometheus.yml", PROMETHEUS)
        checked = run_command("promtool", "check", "config", self.folder / "prometheus.yml")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.run_beside("prometheus", "--config.file=prometheus.yml", "--web.listen-address=127.0.0.1:9090",
                        "--storage.tsdb.path=data")
        for what, change, targets in (
                ("both", lambda: None, ["app1", "app2"]),
                ("one is killed", lambda: self.kill(self.backends["one"]), ["app2"]),
                ("it is back", lambda: self.start_backend("one", ONE), ["app1", "app2"])):
            with self.subTest(what):
                change()
                wait_until(lambda: self.targets(9090) == targets, 30, f"targets {targets}; {self.said()[-2000:]}")


if __name__ == "__main__":
    main()
