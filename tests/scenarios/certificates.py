"""Certificates for tests, made by the openssl command: an authority, and what it signs."""

import pathlib

from portolan_scenario import run_command


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
