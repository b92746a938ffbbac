"""Where servers differ over a signed zone beyond what ../differential/allowed.py has, and why they may."""
import allowed
from allowed import Allowed


ALLOWED = []


def allowance(server, question, ours, theirs, found):
    """The entry that allows these differences, or None."""
    own = next((entry for entry in ALLOWED if entry.covers(server, question, ours, theirs, found)), None)
    return own or allowed.allowance(question, ours, theirs, found)
