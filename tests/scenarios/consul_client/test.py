# ctest: timeout 120
"""npm's `consul`, the client that most JavaScript programs use, with portolan in Consul's place."""
import json
import os
import pathlib
import queue
import subprocess
import threading

from portolan_scenario import PACKAGES, SLOWNESS, Scenario, free_port, main, needs_packages, portolan

HERE = pathlib.Path(__file__).resolve().parent
SERVICE = "_my-service._tcp.dev.svc.corp.example"

PLAN = """
zone: svc.corp.example
nameservers: {ns1: 192.0.2.53}
contact: dns@corp.example
registry:
  dynamic: {names: [my-service], ports: 1024-65535, environments: [dev]}
environments:
  dev: {networks: [127.0.0.0/8], hosts: {box1: 127.0.0.1}}
"""


class Program:
    """The program in JavaScript: `do` sends a command and returns what it says of it."""

    def __init__(self, port, token):
        self.process = subprocess.Popen(["node", HERE / "client.js"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env={**os.environ, "NODE_PATH": str(PACKAGES), "TOKEN": token,
                                                        "API_PORT": str(port)})
        self.said, self.changes = queue.Queue(), queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            one = json.loads(line)
            (self.changes if one["what"] == "change" else self.said).put(one)

    def do(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.said.get(timeout=10 * SLOWNESS)
        assert answer["what"] == command, answer
        return answer["value"]

    def sees(self, expected):
        """Reads what the watch has told until it is that; it tells more than once of the same."""
        while self.changes.get(timeout=10 * SLOWNESS)["value"] != expected:
            pass

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@needs_packages
class ConsulClient(Scenario):
    def test_a_life_as_npm_consul_tells_it(self):
        port = free_port("127.0.0.1")
        state = self.folder / "state"
        token = portolan("token", "new", "--state", state, "--service", "my-service").stdout.strip()
        server = self.serve(self.write("plan.yaml", PLAN), state=state, arguments=["--api", f"127.0.0.1:{port}"])
        program, watcher = Program(port, token), Program(port, token)
        self.addCleanup(watcher.close)
        self.addCleanup(program.close)

        def in_dns():
            return server.dig("SRV", SERVICE, "+short").splitlines()

        watcher.do("watch")
        watcher.sees([])
        own = program.do("register")
        self.assertEqual((program.do("services"), program.do("healthy"), in_dns()), (["my-service-js"], [], []))
        serving = [f"7 100 {own} box1.dev.svc.corp.example."]
        healthy = [["my-service-js", "127.0.0.1", own, ["js"]]]
        steps = [  # command, what is healthy then, what DNS says
            ("pass", healthy, serving), ("fail", [], []), ("pass", healthy, serving),
            ("maintenance", [], []), ("resume", healthy, serving),
        ]
        for command, expected, answers in steps:
            with self.subTest(command):
                program.do(command)
                self.assertEqual((program.do("healthy"), in_dns()), (expected, answers))
                watcher.sees([each[0] for each in expected])
        self.assertEqual(program.do("nodes"), [own])
        self.assertTrue(program.do("leader"))
        status, words = program.do("unknown")
        self.assertEqual(status, 404, words)
        program.do("deregister")
        self.assertEqual((program.do("services"), in_dns()), ([], []))
        watcher.sees([])


if __name__ == "__main__":
    main()
