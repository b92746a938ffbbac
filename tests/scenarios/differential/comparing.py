"""What two replies to one question differ in."""
from collections import Counter

UDP_LIMIT = 1232


def differences(question, ours, theirs, sheds_additional):
    """The set of what differs, without what UDP's limit explains. Empty when the replies agree.

    `sheds_additional`: the other server is set to send no addresses with answers.
    """
    found = {field for field in ("flags", "rcode", "question", "answer", "authority")
             if getattr(ours, field) != getattr(theirs, field)}
    if (ours.edns is None) != (theirs.edns is None):
        found.add("OPT")
    elif ours.edns and (ours.edns.version, ours.edns.flags) != (theirs.edns.version, theirs.edns.flags):
        found.add("OPT's version and flags")
    if not additional_agrees(question, ours, theirs, sheds_additional):
        found.add("additional")
    return found


def additional_agrees(question, ours, theirs, sheds_additional):
    """Equal; or over UDP one a part of the other, ours lacking only what has no room (RFC 2181 9).

    Knot repeats an address for each record that leads to it; we never do (RFC 2181 5).
    """
    mine, other = set(ours.additional), set(theirs.additional)
    if has_repeats(ours.additional):
        return False
    if mine == other:
        return True
    if sheds_additional and not theirs.additional and ours.answer:
        return True
    if question.tcp:
        return False
    if not (mine <= other or other <= mine) or not holds_whole_rrsets(ours.additional, theirs.additional):
        return False
    return all(size_of(rrset) > limit_of(question) - ours.size for rrset in rrsets(other - mine))


def holds_whole_rrsets(records, reference):
    """No RRset is there in part, as far as the reference knows it (RFC 2181 9)."""
    whole = {(rrset[0].owner, rrset[0].type): set(rrset) for rrset in rrsets(reference)}
    return all(whole.get((rrset[0].owner, rrset[0].type), set()) <= set(rrset) for rrset in rrsets(records))


def has_repeats(records):
    return len(set(records)) != len(records)


def rrsets(records):
    """Records grouped by owner and type."""
    groups = {}
    for record in records:
        groups.setdefault((record.owner, record.type), []).append(record)
    return list(groups.values())


def size_of(records):
    """Octets that records take with their owners compressed, and nothing else."""
    return sum(12 + len(record.rdata) for record in records)


def limit_of(question):
    """The largest reply to this question, in octets (RFC 6891 6.2.3, 6.2.5)."""
    return 65535 if question.tcp else min(max(question.edns or 512, 512), UDP_LIMIT)


def kind_of(reply):
    """What sort of reply it is, so that a test can see that it has met all sorts."""
    if reply.rcode:
        return {2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED", 6: "YXDOMAIN"}.get(reply.rcode, f"rcode {reply.rcode}")
    if reply.truncated:
        return "truncated"
    if not reply.answer:
        return "NODATA" if reply.authoritative else "referral"
    types = Counter(record.type for record in reply.answer)
    return "DNAME" if 39 in types and 5 in types else "CNAME" if 5 in types else "answer"
