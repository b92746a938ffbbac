// Proofs about a plan's numbers: on each ground either witnesses, every one of them, or the
// certificate that there is none.
//
// The numbers are those of all type ids and of all instances that the convention counts, whether or
// not anything is placed on them: what is proved of a plan stays true when somebody places the
// fourth instance tonight.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/registry/iana.hpp"
#include "portolan/registry/port_map.hpp"

namespace portolan::registry {

enum class Ground : std::uint8_t {
    arithmetic,  // two of the convention's numbers are one
    registry,    // a number of the registry is another's, or the convention's
    hosts,       // two endpoints of the environments share an address and port
    bounds,      // a number is outside the convention's bounds, or no port at all
    dynamic,     // registrations may take it
    iana,        // IANA has a name for it
    ephemeral,   // Linux may give it to an outgoing connection
    nodeport,    // Kubernetes may give it to a service
};
inline constexpr std::size_t ground_count = 8;
const char* to_string(Ground ground) noexcept;  // "arithmetic"
std::optional<Ground> parse_ground(std::string_view text) noexcept;

/// One number, and what it collides with.
struct Witness {
    unsigned port = 0;
    Protocol protocol = Protocol::tcp;
    std::string holder;         // "hydrogen ajp instance 1"
    unsigned instance = 0;      // of the convention; 0: of the registry
    std::string other;          // "sodium ajp instance 1", "swdtp (tcp, udp)"; "" for a range
    bool same_protocol = true;  // false: the other has another, so that both can listen
    Place place{};              // of the holder
    friend bool operator==(const Witness&, const Witness&) = default;
};

/// What is so on one ground.
struct Judgement {
    Ground ground = Ground::arithmetic;
    std::vector<Witness> witnesses;  // by holder, in the plan's order
    std::string sentence;            // the certificate, or what the witnesses have in common
    std::string cure;                // "" without witnesses
    [[nodiscard]] bool holds() const noexcept { return witnesses.empty(); }
};

/// What the plan's numbers are held against.
struct ProofTerms {
    const iana::Table* iana = &iana::Table::pinned();
    PortRange ephemeral = ephemeral_ports;
    PortRange nodeport = node_ports;
    std::vector<PortRange> reserved{};  // net.ipv4.ip_local_reserved_ports of the hosts
};

struct Proof {
    std::string scope;                  // "348 numbers of 12 applications, 11 type ids, …"
    std::vector<Judgement> judgements;  // one a ground, in their order
    std::vector<std::string> capacity;  // sentences, see capacity()
    [[nodiscard]] bool holds() const noexcept;
};
Proof prove(const Plan& plan, const ProofTerms& terms = {});

/// How much room is left: "application (YY): 12 ids taken, 87 free, the next is 13", "instance (X):
/// 1-4 are counted; 5 fits; 6 overflows 65535 from application 56 on; 7-9 overflow", "API services
/// 5000-5099: 3 taken, 97 free, the next is 5004".
std::vector<std::string> capacity(const Plan& plan);

/// The lowest id above all that are taken; where those are used up, the lowest free one; nullopt
/// when all are taken. Ids begin at 1.
std::optional<unsigned> next_id(const Convention& convention, FieldKind kind);
/// The lowest port of the range that neither registry nor convention has, in any protocol.
std::optional<unsigned> next_port(const Plan& plan, const PortRange& range);

/// "32768-60999,61001": as the kernel's sysctl has them. nullopt for other texts.
std::optional<std::vector<PortRange>> parse_port_ranges(std::string_view text);

}  // namespace portolan::registry
