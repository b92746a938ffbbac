# ctest: timeout 120
"""The API through TLS: who shows a certificate needs no token, and who is nobody gets in neither way."""
import http.client
import json
import pathlib
import ssl
import time

import requests

from over_tls import Authority
from portolan_scenario import Scenario, free_port, main, portolan, wait_until

PLAN = """
zone: svc.corp.example
nameservers: {ns1: 192.0.2.53}
contact: dns@corp.example
registry:
  services:
    web: {port: 8080, endpoints: []}
    mail: {port: 25, endpoints: []}
environments:
  prod: {networks: [127.0.0.0/8], hosts: {box1: 127.0.0.1}}
"""


class RegistrationTls(Scenario):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder, "corp")
        self.certificate, self.key = self.authority.certify("localhost")
        self.state = self.folder / "state"

    def token(self, *arguments):
        made = portolan("token", "new", "--state", self.state, *arguments)
        self.assertEqual(made.returncode, 0, made.stderr)
        return made.stdout.strip()

    def serve_tls(self, *arguments):
        self.port = free_port("127.0.0.1")
        self.api = f"https://localhost:{self.port}"
        return self.serve(self.write("plan.yaml", PLAN), state=self.state, arguments=[
            "--api", f"https://127.0.0.1:{self.port}", "--tls-certificate", self.certificate, "--tls-key", self.key,
            "--tls-client-ca", self.authority.root, *arguments])

    def register(self, service="web", port=8080, token=None, shown=None):
        headers = {"X-Consul-Token": token} if token else {}
        return requests.put(f"{self.api}/v1/agent/service/register", headers=headers, cert=shown, timeout=20,
                            verify=str(self.authority.root),
                            json={"Name": service, "Address": "127.0.0.1", "Port": port})

    def test_a_certificate_stands_for_a_token(self):
        server = self.serve_tls()
        self.assertEqual(self.token("--certificate", "Deploy.corp.example", "--service", "web"), "")
        secret = self.token("--service", "mail")
        shown = self.authority.certify("deploy.corp.example")
        unknown = self.authority.certify("other.corp.example")
        rows = [  # certificate, token, service, port, status, words of the reply
            (None, None, "web", 8080, 403, "a token is needed"),
            (unknown, None, "web", 8080, 403, "the certificate of other.corp.example has none"),
            (shown, None, "mail", 25, 403, "mail"),
            (shown, "0" * 64, "web", 8080, 403, "nobody has that token"),
            (shown, None, "web", 8080, 200, ""),
            (shown, secret, "mail", 25, 200, ""),  # a token that is sent goes before
            (unknown, secret, "mail", 25, 200, ""),
        ]
        for certificate, token, service, port, status, words in rows:
            with self.subTest(certificate=certificate, token=token, service=service):
                answer = self.register(service, port, token, certificate)
                self.assertEqual(answer.status_code, status, answer.text)
                self.assertIn(words, answer.text)
        self.assertEqual(server.dig("SRV", "_web._tcp.prod.svc.corp.example", "+short").split()[2], "8080")

        listed = portolan("token", "list", "--state", self.state, "--json").stdout.splitlines()
        one = next(each for each in map(json.loads, listed) if each["certificate"])
        self.assertEqual((one["certificate"], one["services"]), ("deploy.corp.example", ["web"]))
        again = portolan("token", "new", "--state", self.state, "--certificate", "deploy.corp.example")
        self.assertEqual(again.returncode, 2)
        self.assertIn(f"portolan token revoke {one['id']}", again.stderr)
        self.assertEqual(portolan("token", "revoke", "--state", self.state, one["id"]).returncode, 0)
        self.assertEqual(self.register(shown=shown).status_code, 403)

    def test_the_commands_speak_tls(self):
        self.serve_tls()
        self.token("--certificate", "deploy.corp.example")
        shown, key = self.authority.certify("deploy.corp.example")
        ours = ("--ca", self.authority.root, "--certificate", shown, "--key", key)
        definition = self.write("web.json", json.dumps({"service": {"name": "web", "address": "127.0.0.1", "port": 8080}}))
        stranger = Authority(self.folder, "stranger").root
        rows = [  # arguments, status, where, words
            (("status", "--api", self.api, "--ca", self.authority.root), 0, "stdout", "svc.corp.example"),
            (("register", definition, "--api", self.api, *ours), 0, "stdout", "registered web"),
            (("register", definition, "--api", self.api, "--ca", self.authority.root), 2, "stderr", "a token is needed"),
            (("status", "--api", self.api, "--ca", stranger), 2, "stderr", "certificate verify failed"),
            (("status", "--api", self.api, "--ca", self.key), 2, "stderr", "is no list of certificates in PEM"),
            (("status", "--api", f"https://127.0.0.1:{self.port}", "--ca", self.authority.root), 2, "stderr",
             "certificate verify failed"),  # the certificate is localhost's
            (("status", "--api", f"127.0.0.1:{self.port}"), 2, "stderr", "no answer from"),
        ]
        for arguments, status, where, words in rows:
            with self.subTest(arguments=arguments):
                result = portolan(*arguments)
                self.assertEqual(result.returncode, status, result.stderr)
                self.assertIn(words, getattr(result, where))
        self.assertEqual(portolan("status", env={"PORTOLAN_API": self.api, "PORTOLAN_CA": str(self.authority.root)}).returncode, 0)

    def context(self, **options):
        context = ssl.create_default_context(cafile=self.authority.root)
        for name, value in options.items():
            setattr(context, name, value)
        return context

    def status_through(self, context):
        """The status of a request through such TLS; None when there was no handshake."""
        connection = http.client.HTTPSConnection("localhost", self.port, context=context, timeout=10)
        try:
            connection.request("GET", "/v1/status/leader")
            return connection.getresponse().status
        except (ssl.SSLError, ConnectionError):
            return None
        finally:
            connection.close()

    def test_who_is_refused_by_tls_itself(self):
        self.serve_tls("--tls-require-client")
        stranger = Authority(self.folder, "stranger").certify("deploy.corp.example")
        known = self.authority.certify("deploy.corp.example")
        late = self.authority.certify("late.corp.example", days=-1)
        old = self.context(maximum_version=ssl.TLSVersion.TLSv1_1, minimum_version=ssl.TLSVersion.TLSv1)
        usual, tls_1_2 = self.context(), self.context(maximum_version=ssl.TLSVersion.TLSv1_2)
        only_h2, both = self.context(), self.context()
        only_h2.set_alpn_protocols(["h2"])
        both.set_alpn_protocols(["h2", "http/1.1"])
        rows = [  # what, context, certificate, status
            ("a good one", usual, known, 200), ("by TLS 1.2", tls_1_2, known, 200), ("by ALPN", both, known, 200),
            ("none", self.context(), None, None), ("a stranger's", self.context(), stranger, None),
            ("an expired one", self.context(), late, None), ("by TLS 1.1", old, known, None),
            ("by HTTP/2 alone", only_h2, known, None),
        ]
        for what, context, certificate, status in rows:
            with self.subTest(what):
                if certificate:
                    context.load_cert_chain(*certificate)
                self.assertEqual(self.status_through(context), status)

    def test_limits_hold_through_tls(self):
        server = self.serve_tls()
        before = server.open_files()
        # The reply to a body that is too large comes whole, though the client still sends.
        answer = requests.put(f"{self.api}/v1/agent/service/register", data=b"x" * (3 << 20), timeout=20,
                              verify=str(self.authority.root))
        self.assertEqual((answer.status_code, answer.text), (413, "the body is too large: at most 1 MiB"))
        # Clients that wait for a change and go away give their places back.
        session = requests.get(f"{self.api}/v1/catalog/services", verify=str(self.authority.root), timeout=20)
        index = session.headers["X-Consul-Index"]
        waiting = []
        for _ in range(20):
            connection = http.client.HTTPSConnection("localhost", self.port, context=self.context(), timeout=10)
            connection.request("GET", f"/v1/catalog/services?index={index}&wait=5m")
            waiting.append(connection)
        wait_until(lambda: server.open_files() >= before + 20, what="the connections")
        for connection in waiting:
            connection.close()
        wait_until(lambda: server.open_files() <= before, what="their end")

    def test_a_renewed_certificate_is_shown_without_a_restart(self):
        server = self.serve_tls()
        first = ssl.get_server_certificate(("localhost", self.port))
        renewed, key = Authority(self.folder, "renewed").certify("localhost")
        self.key.write_bytes(pathlib.Path(key).read_bytes())
        self.certificate.write_bytes(pathlib.Path(renewed).read_bytes())
        server.reload()
        wait_until(lambda: ssl.get_server_certificate(("localhost", self.port)) != first, what="the new one")
        self.certificate.write_text("nothing")
        server.reload()
        server.wait_for_log("TLS goes on with the certificate that it has")
        self.assertNotEqual(ssl.get_server_certificate(("localhost", self.port)), first)


if __name__ == "__main__":
    main()
