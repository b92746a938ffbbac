"""TLS for tests: certificates, made by the openssl command, and a client."""

import pathlib
import socket

from portolan_scenario import SLOWNESS, TcpClient, run_command


def _openssl(*arguments):
    result = run_command("openssl", *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def make_key(path):
    _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
    path.chmod(0o600)


class Authority:
    """A certificate authority of its own in `folder`; `root` is its certificate."""

    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir(parents=True)
        self.root, self.key = self.folder / "root.pem", self.folder / "root.key"
        make_key(self.key)
        _openssl("req", "-x509", "-new", "-key", self.key, "-days", "2", "-subj", f"/CN={name}", "-out", self.root)

    def certify(self, name, days=2):
        """A certificate for a DNS name, and its key: their paths. days < 0: it has expired."""
        path, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        make_key(key)
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName=DNS:{name}\n")
        _openssl("req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.root, "-CAkey", self.key, "-days", str(days),
                 "-extfile", extensions, "-out", path)
        return path, key


class TlsClient(TcpClient):
    """A TLS connection. `context` as of ssl."""

    def __init__(self, address, port, context, seconds=5.0, source=None, session=None):
        super().__init__(address, port, seconds * SLOWNESS, source)
        try:
            self.socket = context.wrap_socket(self.socket, server_hostname="ns1.corp.example", session=session,
                                              suppress_ragged_eofs=False)
        except Exception:
            self.socket.close()
            raise

    def half_close(self):
        socket.socket.shutdown(self.socket, socket.SHUT_WR)
