"""Debian's etcd-server for scenarios, on 127.0.0.1."""

import base64
import json
import pathlib
import subprocess
import urllib.error
import urllib.request

from portolan_scenario import free_port, run_command, wait_until


class Etcd:
    """One etcd; `tls` is a pair of files, its certificate (which is its root too) and key."""

    def __init__(self, folder, tls=None):
        self.folder = pathlib.Path(folder)
        self.tls = tls
        self.port, self.peer_port = free_port(), free_port()
        self.process = None

    def start(self):
        url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"
        peer = f"http://127.0.0.1:{self.peer_port}"
        command = ["etcd", "--name", "e1", "--data-dir", self.folder / "data", "--listen-client-urls", url,
                   "--advertise-client-urls", url, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                   "--initial-cluster", f"e1={peer}", "--unsafe-no-fsync", "--log-level", "warn"]
        if self.tls:
            command += ["--cert-file", self.tls[0], "--key-file", self.tls[1]]
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if self.tls:
            return self
        wait_until(lambda: self.answers(), 30, "etcd to answer")
        return self

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def answers(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
                return json.load(answer)["health"] == "true"
        except (OSError, KeyError):
            return False

    def post(self, path, **body):
        """A request to its JSON gateway; the answer."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def ask_for_users(self, user, password):
        """From now on it asks who one is; `user` may everything below /portolan/."""
        for name, secret in (("root", "root"), (user, password)):
            self.post("/v3/auth/user/add", name=name, password=secret)
            self.post("/v3/auth/role/add", name=name)
            self.post("/v3/auth/user/grant", user=name, role=name)
        self.post("/v3/auth/role/grant", name=user,
                  perm={"permType": "READWRITE", "key": base64.b64encode(b"/portolan/").decode(),
                        "range_end": base64.b64encode(b"/portolan0").decode()})
        self.post("/v3/auth/enable")


def certificate(folder, name="127.0.0.1"):
    """A self-signed certificate for an address, and its key: two files."""
    folder = pathlib.Path(folder)
    done = run_command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                       "-days", "2", "-subj", "/CN=etcd", "-addext", f"subjectAltName=IP:{name}", "-keyout",
                       folder / "etcd.key", "-out", folder / "etcd.pem")
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return folder / "etcd.pem", folder / "etcd.key"
