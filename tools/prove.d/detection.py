"""tools/prove detection: how soon clients see that an endpoint died, and that one has come.

Half of the endpoints close their port when they die, the others only stop to answer. Those that come register
over HTTP with a check by HTTP, since one by TCP does not show at the port. Everything is timed by one clock, from what the endpoint itself sees.
"""

import os
import pathlib
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "scenarios"))
sys.dont_write_bytecode = True
os.environ.setdefault("PORTOLAN", str(ROOT / "build" / "portolan"))
import portolan_scenario as scenario

DEATHS = int(os.environ.get("PORTOLAN_DEATHS", "40"))
ARRIVALS = int(os.environ.get("PORTOLAN_ARRIVALS", "200"))
INTERVAL, TIMEOUT, FALL, JITTER = 0.5, 0.5, 3, 0.1
MOST_TO_GO = FALL * INTERVAL * (1 + JITTER) + TIMEOUT + 0.05
MOST_TO_COME = 0.010
ZONE = "prod.svc.corp.example"
FIRST_PORT, FIRST_ALIVE_PORT = 20000, 25000

PLAN = """\
zone: svc.corp.example
nameservers: {{ns1: 192.0.2.53}}
ttls: {{service: 1s}}
health: {{interval: {interval}ms, timeout: {timeout}ms, fall: {fall}, rise: 1, preserve: 100}}
registry:
  services:
{services}
  dynamic: {{names: [comer], ports: 10000-60999, environments: [prod]}}
environments:
  prod: {{networks: [127.0.0.0/8], hosts: {{{hosts}}}}}
"""

# Answers each connection, and says when it took it. SIGSTOP leaves its port open and silent.
LISTENER = """
import socket, sys, time
one = socket.socket()
one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
one.bind((sys.argv[1], int(sys.argv[2])))
one.listen(128)
print("ready", flush=True)
while True:
    client, _ = one.accept()
    print(time.monotonic(), flush=True)
    try:
        if len(sys.argv) > 3:
            client.recv(4096)
            client.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
    except OSError:
        pass
    client.close()
"""


def listener(address, port, *more):
    process = subprocess.Popen([sys.executable, "-c", LISTENER, address, str(port), *more], stdout=subprocess.PIPE,
                               text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def figures(times, unit):
    times = sorted(times)
    near = times[int(len(times) * 0.99)] if len(times) > 99 else times[-1]
    return (f"median {statistics.median(times) * unit[1]:.1f}, 99 of 100 within {near * unit[1]:.1f}, "
            f"at most {times[-1] * unit[1]:.1f} {unit[0]}")


def ports_of(server, name):
    return {record[2] for record in server.srv(f"_{name}._tcp.{ZONE}")}


def deaths(server, endpoints):
    """Kills each at a moment of its own; how long its port was offered after that."""
    took = []

    def die(number, process):
        time.sleep(random.uniform(0, 3 * INTERVAL))
        dead = time.monotonic()
        (process.kill if number % 2 == 0 else lambda: process.send_signal(19))()
        while FIRST_PORT + number in ports_of(server, f"s{number}"):
            time.sleep(0.005)
        took.append(time.monotonic() - dead)
    threads = [threading.Thread(target=die, args=each) for each in enumerate(endpoints)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return took


def arrivals(server, api):
    """Registers one after the other; how long after its first check each is in DNS."""
    took = []
    session = requests.Session()
    for number in range(ARRIVALS):
        port = 30000 + number
        process = listener("127.0.0.1", port, "http")
        done = session.put(f"http://{api}/v1/agent/service/register", timeout=5, json={
            "Name": "comer", "ID": f"comer-{number}", "Address": "127.0.0.1", "Port": port,
            "Check": {"HTTP": f"http://127.0.0.1:{port}/", "Interval": "10s"}})
        assert done.status_code == 200, done.text
        while port not in ports_of(server, "comer"):
            pass
        seen = time.monotonic()
        took.append(seen - float(process.stdout.readline()))
        process.kill()
        process.wait()
        session.put(f"http://{api}/v1/agent/service/deregister/comer-{number}", timeout=5)
    return took


def main():
    hosts = ", ".join(f"h{i}: 127.1.{i // 250}.{1 + i % 250}" for i in range(DEATHS))
    services = "\n".join(
        f"    s{i}: {{check: {'tcp' if i % 2 == 0 else '{http: /}'}, port: {FIRST_PORT + i}, "
        f"endpoints: [{{host: h{i}}}, {{host: h{i}, port: {FIRST_ALIVE_PORT + i}, check: none}}]}}" for i in range(DEATHS))
    with tempfile.TemporaryDirectory(prefix="portolan-detection-") as folder:
        plan = pathlib.Path(folder) / "plan.yaml"
        plan.write_text(PLAN.format(interval=int(INTERVAL * 1000), timeout=int(TIMEOUT * 1000), fall=FALL,
                                    services=services, hosts=hosts))
        api = f"127.0.0.1:{scenario.free_port('127.0.0.1')}"
        server = scenario.Server([plan], pathlib.Path(folder) / "server", arguments=("--api", api))
        endpoints = []
        try:
            for i in range(DEATHS):
                endpoints.append(listener(f"127.1.{i // 250}.{1 + i % 250}", FIRST_PORT + i, *(["http"] if i % 2 else [])))
            for each in endpoints:  # nobody reads what they say
                threading.Thread(target=each.stdout.read, daemon=True).start()
            server.start()
            time.sleep(3 * INTERVAL)
            gone, came = deaths(server, endpoints), arrivals(server, api)
        finally:
            server.stop()
            for each in endpoints:
                each.kill()
    print(f"{len(gone)} deaths: gone from DNS after {figures(gone, ('s', 1))}; "
          f"fall x interval x (1 + jitter) + timeout + 50 ms is {MOST_TO_GO:.2f} s")
    print(f"{len(came)} arrivals: in DNS after their first passing check by {figures(came, ('ms', 1000))}; "
          f"{MOST_TO_COME * 1000:.0f} ms are allowed")
    if max(gone) > MOST_TO_GO or statistics.quantiles(came, n=100)[98] > MOST_TO_COME:
        sys.exit("tools/prove detection: too late")


main()
