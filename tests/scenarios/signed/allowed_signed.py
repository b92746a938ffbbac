"""Where servers differ over a signed zone beyond what ../differential/allowed.py has, and why they may.

What portolan says is judged by Unbound as well; entries of one server are its peculiarities, of the
versions in Debian 12, which the other does not share.
"""
from typing import Callable, NamedTuple

import allowed
from allowed import only_truncation
from comparing import limit_of, rrsets, size_of
from wire import TYPES

ANY, CNAME, DNAME, RRSIG, NSEC, NSEC3 = (TYPES[name] for name in "ANY CNAME DNAME RRSIG NSEC NSEC3".split())
SECTIONS = {"answer", "authority", "additional"}
SIGNATURE = 12 + 18 + 17 + 64  # octets of one by this zone's key
MOST_HOSTS = 13
BELOW_EMPTY = b"\3cut\7adverse\7example"


class Allowed(NamedTuple):
    name: str
    covers: Callable  # (server, question, ours, theirs, differences) → bool


def plain(reply):
    """The reply without signatures."""
    def keep(records):
        return tuple(record for record in records if record.type != RRSIG)
    return reply._replace(answer=keep(reply.answer), authority=keep(reply.authority),
                          additional=keep(reply.additional))


def fewer_signatures(server, question, ours, theirs, found):
    """Knot answers RRSIG with one of them, in the manner of RFC 8482; RFC 4035 leaves it open."""
    return (server == "Knot" and question.type == RRSIG and found <= SECTIONS | {"flags"}
            and (ours.truncated or set(theirs.answer) <= set(ours.answer)))


def one_rrset_for_any(_, question, ours, theirs, found):
    """The same as without signatures (RFC 8482 4.1)."""
    return question.type == ANY and allowed.one_rrset_for_any(question, plain(ours), plain(theirs), found)


def denial_of_an_alias(server, question, ours, theirs, found):
    """NSD follows an alias for NSEC in a zone that has none, and not for NSEC3, a type that no name has."""
    return (server == "NSD" and question.type in (NSEC, NSEC3) and found <= SECTIONS | {"flags", "rcode"}
            and any(record.type == CNAME for record in ours.answer + theirs.answer))


def room_for_signed_addresses(_, question, ours, theirs, found):
    """Addresses come with their signatures, of 13 hosts at most, and not from a wildcard, which would want a
    proof; others leave out the signatures first (RFC 4035 3.1.1 allows both)."""
    mine = {record for record in ours.additional if record.type != RRSIG}
    missing = {record for record in theirs.additional if record.type != RRSIG} - mine
    hosts = {record.owner for record in mine}

    def has_no_room(rrset):
        return not question.tcp and size_of(rrset) + SIGNATURE > limit_of(question) - ours.size
    return found == {"additional"} and all(
        has_no_room(rrset) or len(hosts) >= MOST_HOSTS or b"\4wild" in rrset[0].owner for rrset in rrsets(missing))


def nsd_behind_a_dname(server, question, ours, theirs, found):
    """Behind a DNAME NSD proves something about another name than the one that it led to."""
    return (server == "NSD" and found <= {"authority", "flags"} and only_truncation(ours, theirs)
            and any(record.type == DNAME for record in ours.answer))


def knot_below_an_asterisk(server, question, ours, theirs, found):
    """Knot takes a name that begins with an asterisk for a wildcard itself, and proves no expansion."""
    return (server == "Knot" and found <= {"authority", "flags"} and only_truncation(ours, theirs)
            and question.name[1:2] == b"*" and set(theirs.authority) <= set(ours.authority))


def nsd_at_an_asterisk(server, question, ours, theirs, found):
    """NSD proves of a wildcard asked by its own name that nothing is closer, too."""
    return (server == "NSD" and found <= {"authority", "flags"} and only_truncation(ours, theirs)
            and question.name[:2] == b"\1*" and (set(ours.authority) <= set(theirs.authority) or theirs.truncated))


def knot_beside_the_standards(server, question, ours, theirs, found):
    """Knot proves no expansion of NSEC; denies AAAA in Additional; takes b for the one before b\\000."""
    return server == "Knot" and (
        (question.type == NSEC and found == {"authority"} and set(theirs.authority) <= set(ours.authority))
        or (question.type in (TYPES["SVCB"], TYPES["HTTPS"]) and found == {"additional"})
        or (found <= {"authority", "flags"} and question.name[1:2].lower() == b"b" and b"\0" in question.name[1:3]))


def proof_without_room(_, question, ours, theirs, found):
    """A part of the proof has no room: we say TC, as RFC 4035 3.1.3 has it."""
    return (not question.tcp and only_truncation(ours, theirs) and ours.rcode == theirs.rcode
            and (found == {"flags"} or (found == {"authority", "flags"} and ours.truncated)))


def empty_non_terminals(server, question, ours, theirs, found):
    """Knot leaves out what proves a wildcard that is an empty non-terminal. And with opt-out nothing can be
    proved below one that leads to an unsigned delegation alone, where a wildcard stands above (RFC 5155 7.1)."""
    return (found <= {"authority", "flags", "rcode"}
            and ((server == "Knot" and not ours.answer and set(theirs.authority) < set(ours.authority))
                 or BELOW_EMPTY in question.name.lower()))


ALLOWED = [
    Allowed("how many signatures answer RRSIG", fewer_signatures),
    Allowed("which RRset answers ANY", one_rrset_for_any),
    Allowed("NSEC and NSEC3 asked of an alias", denial_of_an_alias),
    Allowed("room for signed addresses", room_for_signed_addresses),
    Allowed("NSD: what is proved behind a DNAME", nsd_behind_a_dname),
    Allowed("NSD: a wildcard's own name", nsd_at_an_asterisk),
    Allowed("Knot: names that begin with an asterisk", knot_below_an_asterisk),
    Allowed("Knot: expanded NSEC, SVCB, b\\000", knot_beside_the_standards),
    Allowed("TC when a proof has no room", proof_without_room),
    Allowed("what proves empty non-terminals", empty_non_terminals),
]


def allowance(server, question, ours, theirs, found):
    """The entry that allows these differences, or None."""
    own = next((entry for entry in ALLOWED if entry.covers(server, question, ours, theirs, found)), None)
    return own or allowed.allowance(question, ours, theirs, found)
