"""Three nodes serve one zone over three etcds, and say the same whatever is cut.

Each etcd and each node has a network namespace of its own. Programs register and withdraw at random nodes,
planned endpoints die and come back, and meanwhile one node after the other is cut off from etcd and the
others, an etcd is cut off, one node's link is slow, and the author is killed with kill -9. Every node answers
every query meanwhile; zones are transferred all along, and no serial names two contents. At the end all nodes have the
same zone under the same serial and give the same differences, and what was acknowledged is there.
"""
# ctest: timeout 300
# ctest: serial
# ctest: not asan

import json
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

import namespaces
from portolan_scenario import PROGRAM, Scenario, Server, main, wait_until

ZONE = "svc.corp.example"
CHANGES = int(os.environ.get("PORTOLAN_CHANGES", "150"))
SECONDS = 90                     # at least, so that every cut is felt: to ask three etcds takes six
IS_TIMED = bool(os.environ.get("PORTOLAN_TIMED"))
SEED = int(os.environ.get("PORTOLAN_SEED", "1"))
DNS_PORT, API_PORT, ETCD_PORT = 5300, 8500, 2379
CLIENTS, CLUSTER = "10.8.0", "10.9.0"
TEST = f"{CLIENTS}.254"          # where the test's own listeners are: the planned endpoints' host
PLANNED = range(7001, 7009)
SERVICES = ["api", "orders", "mail"]
SLOW = 0.02                      # seconds that each packet takes to and from the slow node

PLAN = f"""\
zone: {ZONE}
nameservers: {{ns1: 192.0.2.53}}
contact: dns@corp.example
transfer: {{allow: [{CLIENTS}.0/24]}}
health: {{interval: 200ms, timeout: 200ms, fall: 2, rise: 2, preserve: 100}}
registry:
  services:
    app:
      check: tcp
      endpoints: [{", ".join(f"{{host: h1, port: {port}}}" for port in PLANNED)}]
  dynamic: {{names: [{", ".join(SERVICES)}], ports: 20000-29999}}
environments:
  prod:
    networks: [10.0.0.0/8]
    hosts: {{h1: {TEST}}}
"""

# Runs in the slow node's namespace: passes octets on, each way some time later.
RELAY = r"""
import asyncio, sys
delay, target = float(sys.argv[1]), sys.argv[2]

async def copy(reader, writer):
    loop, queue = asyncio.get_running_loop(), asyncio.Queue()
    async def late():
        while True:
            when, octets = await queue.get()
            await asyncio.sleep(max(0, when - loop.time()))
            if not octets:
                writer.close()
                return
            writer.write(octets)
    task = asyncio.ensure_future(late())
    octets = b"x"
    while octets:
        try:
            octets = await reader.read(65536)
        except OSError:
            octets = b""
        queue.put_nowait((loop.time() + delay, octets))
    await task

async def serve(reader, writer):
    try:
        there = await asyncio.open_connection(target, 2379)
    except OSError:
        writer.close()
        return
    await asyncio.gather(copy(reader, there[1]), copy(there[0], writer), return_exceptions=True)

async def main():
    server = await asyncio.start_server(serve, sys.argv[3], 2379)
    await server.serve_forever()

asyncio.run(main())
"""


class Etcd:
    def __init__(self, folder, number, count, clients, cluster):
        self.name = f"e{number}"
        self.folder = folder / self.name
        self.host = namespaces.Host(self.name, {cluster: 20 + number})
        self.address = self.host.addresses[cluster]
        self.cluster = cluster
        peers = ",".join(f"e{i}=http://{CLUSTER}.{20 + i}:2380" for i in range(1, count + 1))
        self.command = self.host.within([
            "etcd", "--name", self.name, "--data-dir", str(self.folder), "--log-level", "warn",
            "--listen-client-urls", f"http://{self.address}:2379",
            "--advertise-client-urls", f"http://{self.address}:2379",
            "--listen-peer-urls", f"http://{self.address}:2380",
            "--initial-advertise-peer-urls", f"http://{self.address}:2380", "--initial-cluster", peers])
        self.process = None

    def start(self):
        with open(f"{self.folder}.log", "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.host.end()


class Node(Server):
    """One of the nodes: a server in its own namespace."""

    def __init__(self, folder, plan, number, clients, cluster, slow):
        self.name = f"n{number}"
        self.host = namespaces.Host(self.name, {clients: 10 + number, cluster: 10 + number})
        self.cluster = cluster
        self.relays = []
        etcds = [f"{CLUSTER}.{20 + i}" for i in (1, 2, 3)]
        etcds = etcds[number - 1:] + etcds[:number - 1]
        if slow:
            etcds = [self.relay(target, f"127.0.0.{20 + i}") for i, target in enumerate(etcds)]
        address = self.host.addresses[clients]
        super().__init__([plan], folder / self.name, [address], port=DNS_PORT, arguments=[
            "--store", "etcd://" + ",".join(f"{place}:{ETCD_PORT}" for place in etcds), "--node", self.name,
            "--stale-after", "4", "--api", f"{address}:{API_PORT}", "--api-trust", f"{CLIENTS}.0/24",
            "--workers", "1"])
        self.command = self.host.within(self.command)

    def relay(self, target, here):
        self.relays.append(subprocess.Popen(self.host.within(
            ["/usr/bin/python3", "-c", RELAY, str(SLOW), target, here])))
        return here

    def cut(self):
        self.host.cut(self.cluster)

    def mend(self):
        self.host.mend(self.cluster)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.stop()
        for relay in self.relays:
            relay.kill()
            relay.wait()
        self.host.end()

    def call(self, method, path, body=None):
        """The status of a call of the API; None when there was no answer."""
        request = urllib.request.Request(f"http://{self.address}:{API_PORT}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status
        except urllib.error.HTTPError as error:
            error.read()
            return error.code
        except OSError:
            return None

    def status(self):
        with urllib.request.urlopen(f"http://{self.address}:{API_PORT}/v1/portolan/status", timeout=10) as response:
            return json.load(response)

    def passing_since(self, name):
        """When the registration's first check was found to pass, in seconds since 1970."""
        with urllib.request.urlopen(f"http://{self.address}:{API_PORT}/v1/portolan/registrations", timeout=10) as response:
            one = next(one for one in json.load(response) if one["id"] == name)
        return one["states"][0]["since"] / 1000

    def zone(self):
        """(serial, all records as text in one order) by AXFR; None when it is refused."""
        try:
            records, serials = [], []
            for message in dns.query.xfr(self.address, ZONE, port=self.port, timeout=10, lifetime=20, relativize=False):
                for rrset in message.answer:
                    for record in rrset:
                        records.append(f"{rrset.name} {rrset.ttl} {dns.rdatatype.to_text(rrset.rdtype)} {record}")
                        if rrset.rdtype == dns.rdatatype.SOA:
                            serials.append(record.serial)
        except (dns.query.TransferError, OSError, EOFError, dns.exception.DNSException):
            return None
        return (serials[0], tuple(sorted(records))) if len(set(serials)) == 1 else None

    def difference(self, serial):
        """What it answers to an IXFR from that serial: all records in their order."""
        records = []
        for message in dns.query.xfr(self.address, ZONE, rdtype="IXFR", serial=serial, port=self.port, timeout=10,
                                     lifetime=20, relativize=False):
            for rrset in message.answer:
                records += [f"{rrset.name} {rrset.ttl} {rrset.rdtype} {record}" for record in rrset]
        return records

    def serial(self):
        answer = self.ask(ZONE, "SOA", seconds=2)
        return answer.answer[0][0].serial if answer.answer else None


class Asking(threading.Thread):
    """Asks a node again and again; notes each question that was not answered."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.node, self.asked, self.lost, self.is_over = node, 0, [], False
        self.is_paused = False
        self.start()

    def run(self):
        while not self.is_over:
            time.sleep(0.02)
            if self.is_paused:
                continue
            self.asked += 1
            name = f"_{random.choice(['app', *SERVICES])}._tcp.prod.{ZONE}"
            try:
                code = self.node.ask(name, "SRV", seconds=2).rcode()
                good = code in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
            except Exception as error:  # whatever it is, there was no answer
                code, good = error, False
            if not good and not self.is_paused:
                self.lost.append((time.strftime("%H:%M:%S"), name, code))


class Sampling(threading.Thread):
    """Transfers the zone from each node in turn: no serial may name two contents."""

    def __init__(self, nodes):
        super().__init__(daemon=True)
        self.nodes, self.contents, self.conflicts, self.is_over = nodes, {}, [], False
        self.start()

    def run(self):
        while not self.is_over:
            for node in self.nodes:
                zone = node.zone()
                if zone is not None:
                    self.take(node, *zone)
            time.sleep(0.02)

    def take(self, node, serial, records):
        known = self.contents.setdefault(serial, (node.name, records))
        if known[1] != records:
            self.conflicts.append((serial, known[0], node.name, set(known[1]) ^ set(records)))


class Listeners:
    """The planned endpoints: open or closed."""

    def __init__(self):
        self.open = {}

    def set(self, port, is_open):
        if is_open == (port in self.open):
            return
        if is_open:
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((TEST, port))
            one.listen(64)
            one.setblocking(False)
            self.open[port] = one
        else:
            self.open.pop(port).close()

    def close(self):
        for port in PLANNED:
            self.set(port, False)

    def drain(self):
        for one in self.open.values():
            try:
                while True:
                    one.accept()[0].close()
            except BlockingIOError:
                pass


class Programs:
    """Registrations at random nodes, with what each may expect by what was acknowledged."""

    def __init__(self, chance):
        self.chance = chance
        self.said = {}     # (service, port): True, False, or None when it is not known
        self.lock = threading.Lock()
        self.statuses = {}

    def change(self, node):
        service = self.chance.choice(SERVICES)
        port = 20000 + self.chance.randrange(60) + 100 * SERVICES.index(service)
        with self.lock:
            if (service, port) in self.said and self.said[service, port] == "busy":
                return
            before = self.said.get((service, port), False)
            self.said[service, port] = "busy"
        wanted = before is not True
        name = f"{service}-{port}"
        if wanted:
            status = node.call("PUT", "/v1/agent/service/register",
                               {"Name": service, "ID": name, "Address": TEST, "Port": port,
                                "Meta": {"environment": "prod"}})
        else:
            status = node.call("PUT", f"/v1/agent/service/deregister/{name}")
        with self.lock:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            self.said[service, port] = wanted if status == 200 else None

    def faults(self, records):
        served = {(match[1], int(match[2])) for match in
                  (re.match(rf"_(\w+)\._tcp\.prod\.{ZONE}\. \d+ SRV \d+ \d+ (\d+) ", one) for one in records) if match}
        return [f"{key} should be {'there' if wanted else 'gone'}" for key, wanted in self.said.items()
                if wanted is not None and wanted != (key in served)]


class ThreeNodes(Scenario):
    slow = ()                    # the numbers of nodes whose link is slow

    def setUp(self):
        super().setUp()
        if shutil.which("etcd") is None:
            self.skipTest("no etcd")
        namespaces.enter()
        self.clients, self.cluster = namespaces.Lan(CLIENTS), namespaces.Lan(CLUSTER)
        # On memory: what is measured and cut here are nodes, not the machine's disk.
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="portolan-nodes-", dir="/dev/shm"))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.etcds = [Etcd(self.place, i, 3, self.clients, self.cluster) for i in (1, 2, 3)]
        for etcd in self.etcds:
            etcd.start()
            self.addCleanup(etcd.stop)
        self.listeners = Listeners()
        self.addCleanup(self.listeners.close)
        plan = self.write("plan.yaml", PLAN)
        self.nodes = [Node(self.place, plan, i, self.clients, self.cluster, slow=i in self.slow) for i in (1, 2, 3)]
        for node in self.nodes:
            node.start()
            self.addCleanup(node.end)
        for node in self.nodes:
            wait_until(lambda: self.is_serving(node), 30, f"{node.name} to serve the zone:\n{node.log}")

    @staticmethod
    def is_serving(node):
        return node.ask(ZONE, "SOA").rcode() == dns.rcode.NOERROR

    def author(self):
        """The node that makes the steps, as the others know it."""
        def known():
            names = {node.status().get("author") for node in self.nodes}
            return names.pop() if len(names) == 1 and names != {""} else None
        name = wait_until(known, 30, "an author that all know")
        return next(node for node in self.nodes if node.name == name)

    def await_agreement(self, programs, seconds=60):
        """Waits until all serve the same, with all that was acknowledged, for three seconds."""
        limit = time.monotonic() + seconds
        since, last = time.monotonic(), None
        while time.monotonic() < limit:
            zones = [node.zone() for node in self.nodes]
            agree = None not in zones and len(set(zones)) == 1 and not programs.faults(zones[0][1])
            if not agree or zones != last:
                since, last = time.monotonic(), zones
            elif time.monotonic() > since + 3:
                return zones
            time.sleep(0.1)
        for node in self.nodes:
            print(f"== {node.name}: {node.serial()}\n{self.story(node)}")
        self.fail(f"the nodes do not agree, or not on this: {programs.faults(zones[0][1]) if zones[0] else zones}")

    @staticmethod
    def story(node):
        """What is of interest of its log."""
        lines = [line for line in node.log.splitlines() if not re.search("XFR|registered: |withdrawn: ", line)]
        return "\n".join(lines[-60:])


class UnderCuts(ThreeNodes):
    slow = (3,)

    def test_random_changes(self):
        chance = random.Random(SEED)
        programs = Programs(chance)
        asking = {node.name: Asking(node) for node in self.nodes}
        sampling = Sampling(self.nodes)
        troubles = self.troubles(asking, sampling)
        at = {round((i + 1) * CHANGES / (len(troubles) + 1)): trouble for i, trouble in enumerate(troubles)}
        calls = []
        began = time.monotonic()
        for number in range(CHANGES):
            if number in at:
                at[number]()
            if chance.random() < 0.15:
                self.listeners.set(chance.choice(PLANNED), chance.random() < 0.5)
            else:
                node = chance.choice(self.nodes)
                calls = [call for call in calls if call.is_alive()]
                if len(calls) > 20:
                    calls[0].join()
                calls.append(threading.Thread(target=programs.change, args=[node]))
                calls[-1].start()
            self.listeners.drain()
            time.sleep(max(0.03, SECONDS / CHANGES))
        for node in self.nodes:
            node.mend()
        for etcd in self.etcds:
            etcd.host.mend(self.cluster)
        for call in calls:
            call.join()
        zones = self.await_agreement(programs)
        took = time.monotonic() - began
        for one in [*asking.values(), sampling]:
            one.is_over = True
            one.join()

        for node in self.nodes:
            self.assertTrue("cut off from etcd" in node.log, f"{node.name} was cut off and has not noticed")
        self.assertEqual(sampling.conflicts, [], "a serial named two contents")
        for name, one in asking.items():
            self.assertEqual(one.lost[:5], [], f"{name}: {len(one.lost)} of {one.asked} questions were not answered")
        told = sorted(serial for serial in sampling.contents)
        compared = 0
        for before in told[-20:]:
            differences = [node.difference(before) for node in self.nodes if not node.was_restarted]
            self.assertEqual(differences[0], differences[1], f"the differences from serial {before}")
            compared += 1
        print(f"\n{CHANGES} changes in {took:.0f} s; calls by status {programs.statuses}; serials transferred "
              f"{len(told)}; differences compared {compared}; questions "
              f"{sum(one.asked for one in asking.values())}, all answered")

    def troubles(self, asking, sampling):
        """What goes wrong, in its order: each breaks one thing and mends the one before."""
        for node in self.nodes:
            node.was_restarted = False
        steps = []

        def cut(node):
            def act():
                self.mend_all()
                node.cut()
            return act

        def cut_etcd():
            self.mend_all()
            self.etcds[0].host.cut(self.cluster)

        def kill_author():
            self.mend_all()
            node = self.author()
            asking[node.name].is_paused = True
            node.kill()
            (node.folder / "out").unlink()
            node.start()
            wait_until(lambda: self.is_serving(node), 30, f"{node.name} to serve again")
            asking[node.name].is_paused = False
            node.was_restarted = True

        def mend():
            self.mend_all()

        for node in self.nodes:
            steps += [cut(node), mend]
        steps += [kill_author, cut_etcd, mend]
        return steps

    def mend_all(self):
        for node in self.nodes:
            node.mend()
        for etcd in self.etcds:
            etcd.host.mend(self.cluster)


class CutOff(ThreeNodes):
    def test_a_node_that_is_cut_off(self):
        """It answers on, refuses what it cannot keep, gives its zone to nobody after a while, and says so."""
        cut, other = self.nodes[:2]
        body = {"Name": "api", "ID": "api-1", "Address": TEST, "Port": 20001, "Meta": {"environment": "prod"}}
        self.assertEqual(cut.call("PUT", "/v1/agent/service/register", body), 200)
        serving = lambda node: len(node.srv(f"_api._tcp.prod.{ZONE}", edns=0))
        for node in self.nodes:
            wait_until(lambda: serving(node) == 1, 10, f"{node.name} to serve api-1")
        cut.cut()
        cut.wait_for_log("cut off from etcd: ", 20)
        self.assertNotEqual(cut.call("PUT", "/v1/agent/service/register", {**body, "ID": "api-2", "Port": 20002}), 200)
        self.assertIn("cut_since", cut.status())
        self.assertNotIn("cut_since", other.status())
        wait_until(lambda: other.status()["nodes"] == ["n2", "n3"], 20, "the others to know")
        self.assertEqual(other.call("PUT", "/v1/agent/service/register", {**body, "ID": "api-3", "Port": 20003}), 200)
        wait_until(lambda: serving(self.nodes[2]) == 2, 20, "n3 to serve api-3")
        self.assertEqual(serving(cut), 1)
        cut.wait_for_log("zones are given to no secondary until", 20)
        query = dns.message.make_query(ZONE, "AXFR", use_edns=0)
        refused = dns.query.tcp(query, cut.address, port=cut.port, timeout=5)
        self.assertEqual(refused.rcode(), dns.rcode.REFUSED)
        self.assertEqual([(int(option.code), option.text[:35]) for option in refused.options],
                         [(24, "cut off from the other nodes since ")])
        self.assertIsNone(cut.zone())
        self.assertIsNotNone(other.zone())
        self.assertEqual(serving(cut), 1)
        cut.mend()
        wait_until(lambda: serving(cut) == 2, 20, "n1 to serve api-3")
        wait_until(lambda: cut.zone() == other.zone() is not None, 20, "n1 to give its zone")
        self.assertNotIn("cut_since", cut.status())


class Soon(ThreeNodes):
    def test_a_registered_endpoint_answers_everywhere(self):
        """From the first passing check to the last node's answer."""
        times = []
        for number in range(20):
            port = 20000 + number
            node = self.nodes[number % 3]
            listener = socket.create_server((TEST, port))
            seen = {}
            def watch(one):
                while all(there[2] != port for there in one.srv(f"_api._tcp.prod.{ZONE}", edns=0)):
                    time.sleep(0.001)
                seen[one.name] = time.time()
            watching = [threading.Thread(target=watch, args=[one]) for one in self.nodes]
            for thread in watching:
                thread.start()
            status = node.call("PUT", "/v1/agent/service/register", {
                "Name": "api", "ID": f"api-{port}", "Address": TEST, "Port": port, "Meta": {"environment": "prod"},
                "Check": {"TCP": f"{TEST}:{port}", "Interval": "10s"}})
            self.assertEqual(status, 200)
            for thread in watching:
                thread.join(20)
                self.assertFalse(thread.is_alive(), f"{port} is not served everywhere: {seen}")
            times.append(max(seen.values()) - node.passing_since(f"api-{port}"))
            listener.close()
        times.sort()
        print(f"\nfrom the first passing check to the last node's answer: median {times[10] * 1000:.0f} ms, "
              f"most {times[-1] * 1000:.0f} ms")
        if IS_TIMED:
            self.assertLess(times[10], 0.05)


if __name__ == "__main__":
    main()
