"""A network of its own for a test: nothing of it is seen outside, and it ends with the process."""

import ctypes
import os
import pathlib
import tempfile
import unittest

from portolan_scenario import run_command

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
MS_REC, MS_PRIVATE, MS_BIND = 0x4000, 0x40000, 0x1000


def enter(*ip_commands, files=None):
    """Gives this process a network that has a loopback interface and what the `ip` commands make.

    `files` are texts that it finds in the places of system files: {"/etc/hosts": "127.0.0.1 consul\\n"}. Skips the
    test where the system forbids namespaces.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET | (CLONE_NEWNS if files else 0)) != 0:
        raise unittest.SkipTest(f"no network namespace: {os.strerror(ctypes.get_errno())}")
    if files:
        libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    for place, text in (files or {}).items():
        _lay_over(libc, place, text)
    for command in ("link set lo up", *ip_commands):
        done = run_command("ip", *command.split())
        if done.returncode != 0:
            raise RuntimeError(f"ip {command}: {done.stderr}")


def _lay_over(libc, place, text):
    with tempfile.NamedTemporaryFile("w") as file:  # the mount outlives the name
        file.write(text)
        file.flush()
        pathlib.Path(file.name).chmod(0o644)
        if libc.mount(file.name.encode(), place.encode(), None, MS_BIND, None) != 0:
            raise RuntimeError(f"cannot lay a file over {place}: {os.strerror(ctypes.get_errno())}")
