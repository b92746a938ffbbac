"""Instances die and come back, and clients hear of it.

Real listeners of every kind that can be checked are stopped and started again, and dig's question is asked
all the while: the dead one leaves the SRV set within fall × interval × 1.1 + timeout, and what has come back
returns. Scripts hang, flood and leave children behind; a target accepts and never answers; the server is
restarted, and does not begin by offering the dead.
"""
# ctest: timeout 240
# ctest: tsan

import http.server
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import threading
import time
from concurrent import futures

import dns.message
import grpc

from portolan_scenario import SLOWNESS, Scenario, free_port, main, wait_until

DEAD, ALIVE = "127.0.0.1", "127.0.0.2"   # hosts h1, which the tests kill, and h2, which stays
INTERVAL, TIMEOUT, FALL, RISE = 0.3, 0.3, 2, 2
DETECTION = FALL * INTERVAL * 1.1 + TIMEOUT + 0.05
REVIVAL = RISE * INTERVAL * 1.1 + 0.05

PLAN = """\
zone: svc.corp.example
nameservers: {{ns1: 192.0.2.53}}
health: {{interval: {interval}ms, timeout: {timeout}ms, fall: {fall}, rise: {rise}, preserve: 100}}
registry:
  services:
    app:
      check: {check}
      endpoints: [{{host: h1, port: {port}}}, {{host: h2, port: {port}}}]
environments:
  prod: {{hosts: {{h1: 127.0.0.1, h2: 127.0.0.2}}}}
"""


class Listener:
    """A server on one address and port that can be stopped and started again."""

    def __init__(self, address, port):
        self.address, self.port = address, port
        self.start()

    def listening_socket(self, kind=socket.SOCK_STREAM):
        one = socket.socket(socket.AF_INET, kind)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((self.address, self.port))
        if kind == socket.SOCK_STREAM:
            one.listen(128)
        return one


class Tcp(Listener):
    check = "tcp"

    def start(self):
        self.socket = self.listening_socket()

    def stop(self):
        self.socket.close()


class Silent(Tcp):
    """Its backlog takes connections, and nobody ever answers."""
    check = "{http: /}"


class Http(Listener):
    check = "{http: /health, body: all is well, headers: {X-Check: portolan}}"
    status, body = 200, b"<p>all is well</p>"

    def start(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                known = self.path == "/health" and self.headers["X-Check"] in (None, "portolan")
                self.send_response(outer.status if known else 404)
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server((self.address, self.port), Handler, bind_and_activate=False)
        self.server.allow_reuse_address = True
        self.server.server_bind()
        self.server.server_activate()
        self.wrap()
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def wrap(self):
        pass

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Https(Http):
    """Its certificate is its own root, and for app.corp.example."""
    check = "{https: /health, host: app.corp.example}"
    pair = None   # paths

    def wrap(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.pair)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)


class Grpc(Listener):
    check = "{grpc: shop.Cart}"
    reply = b"\x08\x01"   # SERVING

    def start(self):
        def check(request, context):
            return self.reply if request == b"\x0a\x09shop.Cart" else b"\x08\x03"
        handler = grpc.method_handlers_generic_handler(
            "grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(check)})
        self.server = grpc.server(futures.ThreadPoolExecutor(2))
        self.server.add_generic_rpc_handlers((handler,))
        if self.server.add_insecure_port(f"{self.address}:{self.port}") != self.port:
            raise OSError("the port is taken")
        self.server.start()

    def stop(self):
        self.server.stop(0).wait()


class Dns(Listener):
    check = "{dns: www.corp.example}"

    def start(self):
        self.socket = self.listening_socket(socket.SOCK_DGRAM)
        threading.Thread(target=self.run, args=(self.socket,), daemon=True).start()

    @staticmethod
    def run(one):
        while True:
            try:
                octets, peer = one.recvfrom(512)
                one.sendto(dns.message.make_response(dns.message.from_wire(octets)).to_wire(), peer)
            except OSError:
                return

    def stop(self):
        self.socket.close()


class InstancesDie(Scenario):
    def plan(self, check, port, **changes):
        values = {"interval": int(INTERVAL * 1000), "timeout": int(TIMEOUT * 1000), "fall": FALL, "rise": RISE}
        return PLAN.format(check=check, port=port, **{**values, **changes})

    def begin(self, check, port, env=None, **changes):
        self.server = self.serve(self.write("plan.yaml", self.plan(check, port, **changes)),
                                 arguments=["--workers", 1], env=env)

    def hosts(self):
        return [target.split(".")[0] for _, _, _, target in self.server.srv("_app._tcp.prod.svc.corp.example")]

    def wait_for(self, *hosts, seconds=20):
        begin = time.monotonic()
        wait_until(lambda: self.hosts() == list(hosts), seconds, f"{hosts} in the SRV set; the log:\n{self.server.log}")
        return time.monotonic() - begin

    def listen(self, kind, address, port):
        one = kind(address, port)
        self.addCleanup(one.stop)
        return one

    def watch(self, kind, env=None):
        """Kills and revives an instance, and judges how long clients do not know of it."""
        port = free_port(DEAD, ALIVE)
        dying, _ = self.listen(kind, DEAD, port), self.listen(kind, ALIVE, port)
        self.begin(kind.check, port, env)
        time.sleep(2 * INTERVAL)
        self.wait_for("h1", "h2")
        self.assertNotRegex(self.server.log, "is critical")
        dying.stop()
        gone = self.wait_for("h2")
        dying.start()
        back = self.wait_for("h1", "h2")
        print(f"{kind.__name__}: gone after {gone:.3f} s (at most {DETECTION:.3f}), "
              f"back after {back:.3f} s (at most {REVIVAL:.3f})")
        slack = 1.0 * SLOWNESS   # of a busy machine, which also runs the listeners
        self.assertLess(gone, DETECTION + slack)
        self.assertLess(back, REVIVAL + slack)

    def test_tcp(self):
        self.watch(Tcp)

    def test_http(self):
        self.watch(Http)

    def make_certificate(self):
        certificate, key = self.folder / "cert.pem", self.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=app", "-addext", "subjectAltName=DNS:app.corp.example",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        Https.pair = certificate, key
        return certificate

    def test_https(self):
        self.watch(Https, env={"SSL_CERT_FILE": str(self.make_certificate())})

    def test_https_that_nobody_vouches_for(self):
        self.make_certificate()
        port = free_port(DEAD, ALIVE)
        self.listen(Https, DEAD, port)
        self.begin(Https.check, port)
        self.server.wait_for_log(r"h1:\d+ is critical, was unknown: TLS: self.signed certificate")

    def test_grpc(self):
        self.watch(Grpc)

    def test_dns(self):
        self.watch(Dns)

    def test_an_answer_that_is_wrong(self):
        port = free_port(DEAD, ALIVE)
        sick, _ = self.listen(Http, DEAD, port), self.listen(Http, ALIVE, port)
        self.begin(Http.check, port)
        for status, body, text in ((503, b"all is well", "HTTP 503"),
                                   (200, b"all is lost", "HTTP 200, but not the text in its body")):
            sick.status, sick.body = status, body
            self.wait_for("h2")
            self.server.wait_for_log(rf"app/tcp: h1:{port} is critical, was \w+: {text}")
            sick.status, sick.body = 200, b"all is well"
            self.wait_for("h1", "h2")

    def test_a_target_that_accepts_and_never_answers(self):
        port = free_port(DEAD, ALIVE)
        self.listen(Silent, DEAD, port)
        self.listen(Http, ALIVE, port)
        self.begin("{http: /health}", port)
        self.wait_for("h2")
        self.server.wait_for_log(r"h1:\d+ is critical, was unknown: timed out after 300 ms: no answer")
        self.assertNotIn("h2:", self.server.log)

    def script(self, text):
        path = self.write("check.sh", f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        for folder in (self.folder, *self.folder.parents):
            if folder == pathlib.Path("/tmp"):
                break
            folder.chmod(0o755)   # a server that is root runs scripts as nobody
        return path

    def test_a_script(self):
        flag = self.folder / "sick"
        path = self.script(f'[ "$PORTOLAN_ADDRESS" = {ALIVE} ] || [ ! -e {flag} ] || {{ echo sick; exit 2; }}')
        self.begin(f"{{exec: {path}}}", 5001, timeout=300 if SLOWNESS == 1 else 3000, interval=300 if SLOWNESS == 1 else 3000)
        time.sleep(2 * INTERVAL * SLOWNESS)
        self.wait_for("h1", "h2")
        flag.touch()
        self.wait_for("h2", seconds=30)
        self.server.wait_for_log(r"h1:5001 is critical, was passing: exit status 2: sick")
        flag.unlink()
        self.wait_for("h1", "h2", seconds=30)

    def test_scripts_that_hang_and_flood(self):
        marker = f"{os.getpid()}.{time.monotonic_ns() % 1000000}"   # a length of sleep that is nobody else's
        for text in (f"sleep {marker}", "exec yes", f"sleep {marker} & exec sleep {marker}"):
            path = self.script(f'[ "$PORTOLAN_ADDRESS" = {ALIVE} ] && exit 0\n{text}')
            self.begin(f"{{exec: {path}}}", 5001)
            self.wait_for("h2")
            self.server.wait_for_log(r"h1:5001 is critical, was unknown: timed out after 300 ms: the script was killed")
            before = self.server.resident_kib()
            time.sleep(3 * INTERVAL)
            self.assertLess(self.server.resident_kib() - before, 8192)
            self.server.stop_and_judge()
            wait_until(lambda: not self.processes(marker), what="all that the script began to be gone")

    def test_scripts_end_with_a_server_that_is_killed(self):
        marker = f"{os.getpid()}.{time.monotonic_ns() % 1000000}"
        path = self.script(f"sleep {marker}")
        self.begin(f"{{exec: {path}}}", 5001, interval=60000, timeout=60000)
        wait_until(lambda: self.processes(marker), what="the script to run")
        self.server.expected_status = -signal.SIGKILL
        self.server.signal(signal.SIGKILL)
        wait_until(lambda: not self.processes(marker), what="the script to be gone")

    @staticmethod
    def processes(marker):
        def command(path):
            try:
                return path.read_bytes()
            except OSError:
                return b""
        return [path for path in pathlib.Path("/proc").glob("[0-9]*/cmdline")
                if command(path) == b"sleep\0" + marker.encode() + b"\0"]

    def test_a_restart_does_not_offer_the_dead(self):
        port = free_port(DEAD, ALIVE)
        self.listen(Tcp, ALIVE, port)
        self.begin("tcp", port)
        self.wait_for("h2")
        self.server.stop_and_judge()
        again = self.serve(self.folder / "plan.yaml", state=self.server.state, wait=False)
        self.server = again
        again.wait_until_answering()
        self.assertEqual(self.hosts(), ["h2"])
        self.listen(Tcp, DEAD, port)
        self.wait_for("h1", "h2")

    def test_a_cut_network_is_not_mass_death(self):
        addresses = [f"127.0.0.{i}" for i in range(1, 5)]
        port = free_port(*addresses)
        plan = self.plan("tcp", port).replace("preserve: 100", "preserve: 50")
        plan = plan.replace(f"{{host: h1, port: {port}}}, {{host: h2, port: {port}}}",
                            ", ".join(f"{{host: h{i}, port: {port}}}" for i in range(1, 5)))
        plan = plan.replace("h2: 127.0.0.2", "h2: 127.0.0.2, h3: 127.0.0.3, h4: 127.0.0.4")
        listeners = [self.listen(Tcp, address, port) for address in addresses]
        self.server = self.serve(self.write("plan.yaml", plan), arguments=["--workers", 1])
        time.sleep(2 * INTERVAL)
        for each in listeners[:3]:
            each.stop()
        self.server.wait_for_log(r"svc\.corp\.example prod: 3 endpoints seem to have died together")
        time.sleep(2 * INTERVAL)
        self.assertEqual(self.hosts(), ["h1", "h2", "h3", "h4"])
        for each in listeners[:2]:
            each.start()
        self.server.wait_for_log(r"svc\.corp\.example prod: checks are believed again")
        self.wait_for("h1", "h2", "h4")

    def test_a_plan_without_the_check_offers_all(self):
        port = free_port(DEAD, ALIVE)
        self.listen(Tcp, ALIVE, port)
        self.begin("tcp", port)
        self.wait_for("h2")
        self.replace("plan.yaml", self.plan("none", port))
        self.wait_for("h1", "h2")
        self.replace("plan.yaml", self.plan("tcp", port))
        self.wait_for("h2")


if __name__ == "__main__":
    main()
