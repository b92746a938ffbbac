"""Signs a large zone here and with dnssec-signzone, and has both judged: see tools/prove."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build" / "portolan"
ZONE = "svc.corp.example"
ENDPOINT = "127.0.0.1", "5397"
LIMIT = 1.2  # times dnssec-signzone's
os.environ["PATH"] += ":/usr/sbin:/sbin"


def run(*words, **options):
    return subprocess.run([str(word) for word in words], check=True, **options)


def make_plan(folder, size, dnssec):
    text = subprocess.check_output(["/usr/bin/python3", ROOT / "tools/bench/make_plan.py", size], text=True)
    added = f"dnssec: {dnssec}\ntransfer: {{allow: [127.0.0.1]}}\n"
    path = folder / "plan.yaml"
    path.write_text(text.replace("contact:", added + "contact:", 1))
    return path


def sign_here(folder, plan):
    """Seconds and the transferred zone's file; a changed endpoint is signed on the way."""
    log = folder / "log"
    with open(log, "wb") as out:
        server = subprocess.Popen([PROGRAM, "serve", plan, "--state", folder / "state", "--listen", ":".join(ENDPOINT)],
                                  stdout=out, stderr=out)
    try:
        wait_for(log, "answering", server)
        made, seconds = re.search(r"signed: (\d+) signatures were made, in ([\d.]+) s", log.read_text()).groups()
        transferred = folder / "full.zone"
        transfer(transferred)
        judge(transferred, "after a full signing")
        plan.write_text(plan.read_text().replace("10.0.", "10.200.", 3))
        server.send_signal(signal.SIGHUP)
        wait_for(log, "is changed with serial", server)
        transfer(transferred)
        judge(transferred, "after a change")
    finally:
        server.terminate()
        server.wait(30)
    return int(made), float(seconds)


def wait_for(log, text, server):
    for _ in range(6000):
        if text in log.read_text():
            return
        if server.poll() is not None:
            sys.exit(f"the server ended:\n{log.read_text()}")
        time.sleep(0.05)
    sys.exit(f"waited in vain for {text!r}:\n{log.read_text()}")


def transfer(path):
    with open(path, "wb") as out:
        run("dig", f"@{ENDPOINT[0]}", "-p", ENDPOINT[1], ZONE, "AXFR", "+onesoa", "+nocmd", "+nostats", stdout=out)


def judge(path, when):
    for checker in (["dnssec-verify", "-z", "-o", ZONE, path], ["ldns-verify-zone", path],
                    ["kzonecheck", "-d", "on", "-o", ZONE, path], ["named-checkzone", "-q", ZONE, path],
                    ["nsd-checkzone", ZONE, path]):
        done = subprocess.run([str(word) for word in checker], capture_output=True, text=True)
        print(f"  {checker[0]} {when}: {'accepts' if done.returncode == 0 else 'REFUSES'}", flush=True)
        if done.returncode != 0:
            sys.exit(done.stdout[-2000:] + done.stderr[-2000:])


def sign_with_bind(folder, plan, nsec3):
    text = subprocess.check_output([PROGRAM, "zone", plan])
    (folder / "plain.zone").write_bytes(text)
    run("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", "-K", folder, ZONE, stdout=subprocess.DEVNULL)
    options = ["-3", "-", "-H", "0"] if nsec3 else []
    start = time.monotonic()
    run("dnssec-signzone", "-z", "-S", "-Q", "-P", "-K", folder, "-o", ZONE, *options, "-n", os.cpu_count(),
        "-f", folder / "signed.zone", folder / "plain.zone", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        cwd=folder)  # it leaves files with the DS where it stands
    return time.monotonic() - start


def main():
    size = sys.argv[1]
    failed = False
    for denial in ("nsec", "nsec3"):
        with tempfile.TemporaryDirectory(prefix="portolan-signing-") as name:
            folder = pathlib.Path(name)
            print(f"{size}, {denial}:", flush=True)
            plan = make_plan(folder, size, f"{{denial: {denial}}}")
            made, ours = sign_here(folder, plan)
            theirs = sign_with_bind(folder, make_plan(folder, size, "no"), denial == "nsec3")
            ratio = ours / theirs
            print(f"  {made} signatures in {ours:.2f} s; dnssec-signzone, with reading and writing, {theirs:.2f} s: "
                  f"{ratio:.2f} times (limit {LIMIT})", flush=True)
            failed = failed or ratio > LIMIT
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
