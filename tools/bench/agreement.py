"""Whether all servers say the same: before anything is measured, a sample of the questions is compared.

portolan is held against the plan's arithmetic, the others against portolan. What may differ:
- the SOA's serial, because portolan chooses its own;
- the zone's NS in Authority of a positive answer, and their addresses in Additional: that is allowed,
  costs its server a little more, and is reported.
"""

import collections
import socket
import struct

import make_plan
import questions
import wire

EACH_KIND = 50  # questions compared of each kind
SECONDS = 5.0


class Disagreement(Exception):
    """Two servers, or a server and the plan, differ; the text says in what."""


def check(servers, asked, tcp, want_dnssec=False):
    """Compares the answers. Returns {server's name: what it adds}. Raises Disagreement.

    `servers` are name servers, the first of them portolan; `asked` are questions.
    """
    sample = _sample(asked)
    reference = _ask_all(servers[0], sample, tcp, want_dnssec)
    for question, reply in zip(sample, reference):
        _hold_against_plan(question, reply, want_dnssec)
    notes = {servers[0].name: ""}
    for server in servers[1:]:
        extras = set()
        for question, wanted, reply in zip(sample, reference, _ask_all(server, sample, tcp, want_dnssec)):
            extras |= _compare(server.name, question, wanted, reply, want_dnssec)
        notes[server.name] = ", ".join(sorted(extras))
    return notes


def _sample(asked):
    by_kind = collections.defaultdict(list)
    for question in asked:
        if len(by_kind[question.kind]) < EACH_KIND:
            by_kind[question.kind].append(question)
    return [question for kind in questions.SHARES for question in by_kind[kind]]


def mean_octets(server, asked, want_dnssec=False):
    """The mean size of a server's answers to the questions, for the echo."""
    replies = _ask_all(server, asked, False, want_dnssec)
    return round(sum(reply.size for reply in replies) / len(replies))


def _ask_all(server, asked, tcp, want_dnssec):
    messages = [questions.message(question, want_dnssec=want_dnssec) for question in asked]
    return (_ask_over_tcp if tcp else _ask_over_udp)(server, messages)


def _ask_over_udp(server, messages):
    with _udp_socket(server) as asker:
        replies = []
        for message in messages:
            asker.send(message)
            replies.append(wire.decode(asker.recv(65535)))
        return replies


def _udp_socket(server):
    asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asker.settimeout(SECONDS)
    asker.connect(_address(server))
    return asker


def _ask_over_tcp(server, messages):
    with socket.create_connection(_address(server), timeout=SECONDS) as asker:
        stream = asker.makefile("rb")
        replies = []
        for message in messages:
            asker.sendall(struct.pack("!H", len(message)) + message)
            size, = struct.unpack("!H", stream.read(2))
            replies.append(wire.decode(stream.read(size)))
        return replies


def _address(server):
    address, _, port = server.endpoint.rpartition(":")
    return address, int(port)


# -- portolan and the plan

def _without_signatures(records):
    return [record for record in records if record.type != wire.TYPES["RRSIG"]]


def _hold_against_plan(question, reply, want_dnssec):
    wanted = _answer_of_plan(question)
    said = {(record.type, record.rdata) for record in _without_signatures(reply.answer)}
    rcode = wire.NXDOMAIN if question.kind == "NXDOMAIN" else wire.NOERROR
    soas = [record for record in reply.authority if record.type == wire.TYPES["SOA"]]
    if said != wanted or reply.rcode != rcode or not reply.authoritative or bool(soas) == bool(wanted):
        raise Disagreement(f"portolan does not say what the plan says on {question}:\n{reply}")
    additional = {(record.owner, record.type, record.rdata) for record in _without_signatures(reply.additional)}
    signed = any(record.type == wire.TYPES["RRSIG"] for record in reply.answer + reply.authority)
    if signed != want_dnssec:
        raise Disagreement(f"portolan does not sign as it is asked to on {question}:\n{reply}")
    # Over UDP there may be no room for all addresses with their signatures.
    if want_dnssec and additional <= _additional_of_plan(question):
        return
    if question.kind == "SRV" and additional != _additional_of_plan(question):
        raise Disagreement(f"portolan leaves out addresses of {question}:\n{reply}")


def _answer_of_plan(question):
    if question.kind == "A":
        return {(wire.TYPES["A"], _address_octets(question, question.instance)[0])}
    if question.kind == "SRV":
        return {(wire.TYPES["SRV"], struct.pack("!3H", 10 * instance, 100, make_plan.port(
            question.app, question.type, instance)) + _host_name(question, instance))
            for instance in make_plan.instances()}
    return set()


def _additional_of_plan(question):
    records = set()
    for instance in make_plan.instances():
        v4, v6 = _address_octets(question, instance)
        owner = _host_name(question, instance)
        records |= {(owner, wire.TYPES["A"], v4), (owner, wire.TYPES["AAAA"], v6)}
    return records


def _host_name(question, instance):
    return questions.wire_name(f"{make_plan.host(question.app, instance)}."
                               f"{make_plan.environment(question.env)}.{make_plan.ZONE}")


def _address_octets(question, instance):
    v4, v6 = make_plan.addresses(question.env, question.app, instance)
    return socket.inet_pton(socket.AF_INET, v4), socket.inet_pton(socket.AF_INET6, v6)


# -- portolan and the others

def _compare(name, question, wanted, reply, want_dnssec):
    """Returns what the server adds. Raises Disagreement. Additional of a signed reply is as much as has room."""
    extras = set()
    authority = set(map(_without_serial, reply.authority))
    additional = set(reply.additional)
    if wanted.answer:
        apex = questions.wire_name(make_plan.ZONE)
        servers = {record for record in authority if record.type == wire.TYPES["NS"]}
        if servers and want_dnssec:  # and their signature
            servers |= {record for record in authority if record.owner == apex and record.type == wire.TYPES["RRSIG"]}
        names = {record.rdata for record in servers}
        addresses = {record for record in additional if record.owner in names}
        if servers:
            extras.add("NS")
        if addresses:
            extras.add("their addresses")
        authority -= servers
        additional -= addresses
    same = (reply.rcode == wanted.rcode and reply.authoritative == wanted.authoritative
            and reply.truncated == wanted.truncated and set(reply.answer) == set(wanted.answer)
            and authority == set(map(_without_serial, wanted.authority))
            and (want_dnssec or additional == set(wanted.additional)))
    if not same:
        raise Disagreement(f"{name} and portolan differ on {question}.\nportolan: {wanted}\n{name}: {reply}")
    return extras


def _without_serial(record):
    if record.type != wire.TYPES["SOA"]:
        return record
    return record._replace(rdata=record.rdata[:-20] + b"\0\0\0\0" + record.rdata[-16:])
