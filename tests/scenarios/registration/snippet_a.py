"""A program as it was written for Consul: it takes the port that the system gives it, and says so."""
import signal
import socket

import requests

listener = socket.socket()
listener.bind(("10.0.0.5", 0))
listener.listen()
assigned = listener.getsockname()[1]
requests.put("http://consul:8500/v1/agent/service/register",
             json={"Name": "my-service", "Address": "10.0.0.5", "Port": assigned,
                   "Check": {"TCP": f"10.0.0.5:{assigned}", "Interval": "10s"}}).raise_for_status()
print(assigned, flush=True)
signal.pause()
