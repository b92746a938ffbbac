# ctest: timeout 120
"""People take endpoints of the plan out of the answers, and put them back, whatever checks find."""
import json
import socket

from portolan_scenario import Scenario, free_port, main, portolan, wait_until

PLAN = """
zone: svc.corp.example
nameservers: {{ns1: 192.0.2.53}}
contact: dns@corp.example
health: {{interval: 200ms, timeout: 200ms, fall: 2, rise: 1, preserve: 100}}
registry:
  services:
    web: {{port: {web}, check: tcp, endpoints: [{{host: h1}}, {{host: h2}}]}}
    feed: {{port: {feed}, endpoints: [{{host: h1}}]}}
environments:
  prod: {{networks: [127.0.0.0/8], hosts: {{h1: 127.0.0.1, h2: 127.0.0.2}}}}
"""


class Aside(Scenario):
    def setUp(self):
        super().setUp()
        self.web, self.feed = free_port("127.0.0.1", "127.0.0.2"), free_port("127.0.0.1")
        for host in ("127.0.0.1", "127.0.0.2"):
            listener = socket.create_server((host, self.web))
            self.addCleanup(listener.close)
        self.api = f"127.0.0.1:{free_port('127.0.0.1')}"
        self.plan = self.write("plan.yaml", PLAN.format(web=self.web, feed=self.feed))
        self.start()
        self.expect("web", "h1 h2")

    def start(self):
        self.server = self.serve(self.plan, state=self.folder / "state", arguments=["--api", self.api])

    def command(self, *arguments, status=0):
        done = portolan(*arguments, "--api", self.api)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout if status == 0 else done.stderr

    def hosts(self, service):
        """The hosts of a service's SRV set, by rising priority."""
        lines = sorted((line.split() for line in self.server.dig("SRV", f"_{service}._tcp.prod.svc.corp.example",
                                                                 "+short").splitlines()), key=lambda each: int(each[0]))
        return " ".join(line[3].split(".")[0] for line in lines)

    def expect(self, service, hosts):
        wait_until(lambda: self.hosts(service) == hosts, what=f"{service} on {hosts}, not {self.hosts(service)}")

    def test_what_people_say_holds_and_is_taken_back(self):
        rows = [  # command, web's hosts, feed's hosts
            (("maintenance", f"h1.prod:{self.web}"), "h2", "h1"),
            (("maintenance", f"h1.prod:{self.web}", "--off"), "h1 h2", "h1"),
            (("maintenance", "h1.prod"), "h2", ""),
            (("maintenance", "h1.prod", "--off"), "h1 h2", "h1"),
            (("drain", f"h1.prod:{self.web}", "--for", "1h"), "h2 h1", "h1"),
            (("maintenance", f"h1.prod:{self.web}/tcp", "--reason", "a new disk"), "h2", "h1"),
            (("maintenance", f"h1.prod:{self.web}/tcp", "--off"), "h1 h2", "h1"),
            (("drain", "h1.prod", "--for", "300ms"), None, None),
        ]
        for arguments, web, feed in rows:
            with self.subTest(arguments):
                self.command(*arguments)
                if web is not None:
                    self.assertEqual((self.hosts("web"), self.hosts("feed")), (web, feed))
        self.expect("web", "h2")  # its time is over
        self.expect("feed", "")
        self.server.stop()
        self.start()
        self.expect("web", "h2")  # the word survives a restart …
        self.replace("plan.yaml", PLAN.format(web=self.web, feed=self.feed) + "# changed\n")
        self.server.wait_for_log("nothing has changed|serial")
        self.expect("web", "h2")  # … and a reload
        shown = json.loads(self.command("status", "--json"))
        self.assertTrue(shown)
        self.command("maintenance", "h1.prod", "--off")
        self.expect("web", "h1 h2")
        self.expect("feed", "h1")

    def test_what_is_no_endpoint_is_said(self):
        rows = [("nobody", "nothing is registered as nobody, and it is no endpoint of the plan like jb1.prod:10104"),
                ("h9.prod", "the plan has no endpoint there"), ("h1.dev:80", "the plan has no endpoint there"),
                (f"h1.prod:{self.web}/udp", "the plan has no endpoint there"), ("h1.prod:x", "no endpoint of the plan"),
                ("h1.prod:1/x", "no endpoint of the plan")]
        for place, words in rows:
            with self.subTest(place):
                self.assertIn(words, self.command("maintenance", place, status=2))
        self.assertEqual((self.hosts("web"), self.hosts("feed")), ("h1 h2", "h1"))


if __name__ == "__main__":
    main()
