"""Where the standards leave servers the choice: every difference that is allowed, and no other."""
from typing import Callable, NamedTuple

from comparing import has_repeats, limit_of, rrsets, size_of
from wire import TC, TYPES, YXDOMAIN

ANY, CNAME, DNAME, NS = (TYPES[name] for name in ("ANY", "CNAME", "DNAME", "NS"))
SECTIONS = {"answer", "authority", "additional"}
LONG_CHAIN = 4  # aliases


class Allowed(NamedTuple):
    name: str
    reference: str  # what leaves the choice
    covers: Callable  # (question, ours, theirs, differences) → bool


def only_truncation(ours, theirs):
    """The flags differ in nothing but TC."""
    return not (ours.flags ^ theirs.flags) & ~TC


def truncated_content(question, ours, theirs, found):
    return ours.truncated and theirs.truncated and found <= SECTIONS | {"rcode"}


def compressed_otherwise(question, ours, theirs, found):
    """One has no room for what the other holds with its names compressed better."""
    if ours.truncated:
        needed = 12 + len(theirs.question) + (11 if theirs.edns else 0) + size_of(theirs.answer + theirs.authority)
        if any(record.type == NS for record in theirs.authority):
            needed += size_of(theirs.additional)  # glue, which may not be left out
        return not theirs.truncated and only_truncation(ours, theirs) and needed > limit_of(question)
    missing = set(ours.authority) - set(theirs.authority)
    return (found <= {"authority", "flags"} and missing and only_truncation(ours, theirs)
            and theirs.size + size_of(missing) > limit_of(question))


def glue_left_out(question, ours, theirs, found):
    """In-domain glue has no room: we say TC, a server of before RFC 9471 need not."""
    is_referral = not ours.authoritative and any(record.type == NS for record in theirs.authority)
    return (is_referral and ours.truncated and not theirs.truncated and only_truncation(ours, theirs)
            and found <= {"flags", "additional"} and not question.tcp
            and not (set(ours.additional) - set(theirs.additional) and set(theirs.additional) - set(ours.additional)))


def one_rrset_for_any(question, ours, theirs, found):
    """The chain to the name is the same, and ours ends with one RRset of it."""
    mine, other = set(ours.answer), set(theirs.answer)
    ends = [record.owner for record in mine ^ other]
    return (question.type == ANY and found <= {"answer", "additional", "flags"} and only_truncation(ours, theirs)
            and not ours.truncated and len(set(ends)) == 1
            and len(rrsets(record for record in mine if record.owner == ends[0])) == 1)


def length_of_chain(question, ours, theirs, found):
    """A chain without an end, followed a different way: what both have is the same."""
    mine, other = set(ours.answer), set(theirs.answer)
    longer = max(mine, other, key=len)
    return (found <= {"answer", "flags", "rcode", "authority"} and (mine <= other or other <= mine)
            and not has_repeats(ours.answer) and only_truncation(ours, theirs)
            and sum(record.type == CNAME for record in longer) >= LONG_CHAIN)


def more_than_dname(question, ours, theirs, found):
    """Both say YXDOMAIN with the DNAME; what else theirs holds (an SOA, what the rest of a name led to)."""
    return (ours.rcode == theirs.rcode == YXDOMAIN and found <= {"answer", "authority", "flags"}
            and only_truncation(ours, theirs) and set(ours.answer) <= set(theirs.answer) and not ours.authority
            and any(record.type == DNAME for record in ours.answer))


def more_additional(question, ours, theirs, found):
    return (found == {"additional"} and set(theirs.additional) < set(ours.additional)
            and question.type in {TYPES[name] for name in ("AFSDB", "RT", "KX")})


ALLOWED = [
    Allowed("what a truncated reply still holds", "RFC 2181 9: a client ignores it and asks over TCP",
            truncated_content),
    Allowed("room: names compressed another way", "RFC 1035 4.1.4: compression is the sender's choice",
            compressed_otherwise),
    Allowed("TC when in-domain glue has no room", "RFC 9471 3.1 asks for it, RFC 1034 4.3.2 did not", glue_left_out),
    Allowed("which RRset answers ANY", "RFC 8482 4.1: one RRset or several", one_rrset_for_any),
    Allowed("how far an endless chain is followed", "RFC 1034 3.6.2 and 6672 leave the limit open", length_of_chain),
    Allowed("what comes with YXDOMAIN", "RFC 6672 2.2 asks for the DNAME and is silent on more", more_than_dname),
    Allowed("addresses for AFSDB, RT and KX", "RFC 1183 and 2230 ask for them, RFC 2181 9 lets them be left out",
            more_additional),
]


def allowance(question, ours, theirs, found):
    """The entry that allows these differences, or None."""
    return next((entry for entry in ALLOWED if entry.covers(question, ours, theirs, found)), None)
