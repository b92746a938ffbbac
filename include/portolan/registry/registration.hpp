// A registration: an endpoint that announced itself, and what keeps it alive.
//
// An Announcement is what a program said of itself, by whichever way it came. Admission
// (admission.hpp) holds it against the plans, and makes a Registration of it: the same, with the
// zone, environment and protocol that it belongs to. That is what is stored, and what is there
// again after a restart.
//
// Two programs on two hosts may call themselves alike: with Consul each host has an agent of its
// own. So a registration is known by its address and its id together, and one that comes with both
// of another takes its place.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "portolan/dns/name.hpp"
#include "portolan/registry/check.hpp"
#include "portolan/registry/plan.hpp"

namespace portolan::registry {

/// One check of a registration. It goes to the registration's own address.
struct RegisteredCheck {
    std::string id;  // "service:web-1"; known by it, and by the registration's address
    std::string name;
    std::string notes;
    Check check;
    Verdict initially = Verdict::critical;    // until it has said something
    std::chrono::milliseconds gone_after{0};  // critical for that long: withdrawn; 0: never
    friend bool operator==(const RegisteredCheck&, const RegisteredCheck&) = default;
};

struct RegistrationKey {
    Address address;
    std::string id;
    friend auto operator<=>(const RegistrationKey&, const RegistrationKey&) = default;
};

/// What a program said of itself.
struct Announcement {
    std::string id;
    std::string service;               // a label in lower case
    std::string environment;           // a name or an alias; "": not said
    std::optional<Protocol> protocol;  // none: not said
    Address address;
    Port port = 0;
    std::vector<std::string> tags;
    std::map<std::string, std::string> meta;
    std::optional<std::uint16_t> priority;  // in the SRV set; none: as the plan ranks it
    std::optional<std::uint16_t> weight;
    std::vector<RegisteredCheck> checks;  // all of them must pass
    std::chrono::milliseconds lease{0};   // withdrawn unless renewed within; 0: no lease
    friend bool operator==(const Announcement&, const Announcement&) = default;
};

struct Registration {
    Announcement said;
    dns::PackedName zone;
    std::string environment;  // by its name
    Protocol protocol = Protocol::tcp;
    std::string token;  // the id of the one that it came with; "" without

    [[nodiscard]] RegistrationKey key() const { return {said.address, said.id}; }
    friend bool operator==(const Registration&, const Registration&) = default;
};

/// Why something that was asked for is not done.
struct Refusal {
    /// busy: the same may be asked again in a moment.
    enum class Kind : std::uint8_t { malformed, forbidden, unknown, conflict, busy, failed };
    Kind kind = Kind::malformed;
    std::string reason;  // a sentence with the names and numbers at hand, without a final dot
};
template <class T>
using OrRefusal = boost::system::result<T, Refusal>;

/// "10.0.0.5:8080", "[2001:db8::5]:8080".
std::string endpoint_text(const Address& address, Port port);

/// A duration as Go writes it: "10s", "1m30s", "1.5h", "250ms"; at most a year. nullopt for other
/// texts. A bare number is none, except 0.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept;
/// The same text back: "1m30s", "250ms", "0s".
std::string duration_text(std::chrono::milliseconds duration);

/// As logs and refusals name it: "web web-1 of prod".
std::string text_of(const Registration& one);

/// The text as one segment of a path or one value of a query: all but letters, digits and -._~ as
/// %XX.
std::string percent_encoded(const std::string& text);
/// "10.0.0.5/web-1", the id encoded so: as stores and logs of keys name a registration.
std::string text_of(const RegistrationKey& key);

/// The text as one label of a name, in lower case: letters, digits and hyphens. A refusal says what
/// is wrong with it.
OrRefusal<std::string> read_service_label(std::string_view text);

}  // namespace portolan::registry
