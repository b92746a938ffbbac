#include "portolan/registry/proof.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

#include "portolan/registry/services.hpp"
#include "registry/report.hpp"

namespace portolan::registry {
namespace {

constexpr std::array<const char*, ground_count> names{
    "arithmetic", "registry", "hosts", "bounds", "dynamic", "iana", "ephemeral", "nodeport"};

std::string text(const PortRange& range) { return fmt::format("{}-{}", range.first, range.last); }

/// A number with whose it is, of the convention or of the registry.
struct Held {
    unsigned port;
    Protocol protocol;
    std::string holder;
    unsigned instance;
    Place place;
    const Claim* claim;  // nullptr: of the registry
    const NamedUse* use;

    [[nodiscard]] Witness witness(std::string other = "", bool same_protocol = true) const {
        return {port, protocol, holder, instance, std::move(other), same_protocol, place};
    }
};

class Prover {
public:
    Prover(const Plan& plan, const ProofTerms& terms) : plan_(plan), terms_(terms) {
        if (plan.convention) claims_ = claims(*plan.convention);
        uses_ = named_uses(plan);
        for (const auto& each : claims_)
            held_.push_back({each.port, each.type->protocol, each.text(), each.instance,
                             each.application->place, &each, nullptr});
        for (const auto& each : uses_)
            held_.push_back(
                {each.number, each.port->protocol, each.label(), 0, each.place, nullptr, &each});
    }

    Proof prove() {
        Proof proof;
        proof.scope = scope();
        proof.judgements = {arithmetic(), registry(),   hosts(),     bounds(),
                            dynamic(),    iana_names(), ephemeral(), nodeport()};
        proof.capacity = capacity(plan_);
        return proof;
    }

private:
    [[nodiscard]] std::string scope() const {
        std::vector<std::string> parts;
        if (plan_.convention) {
            std::set<unsigned> types;
            for (const auto& each : claims_) types.insert(each.id);
            const auto& convention = *plan_.convention;
            parts.push_back(fmt::format("{} of {}, {} and the instances {}-{}",
                                        counted(claims_.size(), "number"),
                                        counted(convention.applications.size(), "application"),
                                        counted(types.size(), "type id"), convention.first_instance,
                                        convention.last_instance));
        }
        if (!uses_.empty()) parts.push_back(counted(uses_.size(), "number") + " of the registry");
        return parts.empty() ? "no numbers" : listed(parts) + ", placed or not";
    }

    // --- the plan against itself ----------------------------------------------------------------

    [[nodiscard]] bool meet(const Claim& a, const Claim& b) const {
        if (a.only_in == nullptr || b.only_in == nullptr) return true;
        const auto* one = plan_.environment(a.only_in->environment);
        const auto* other = plan_.environment(b.only_in->environment);
        return one != nullptr && other != nullptr
                   ? one == other
                   : a.only_in->environment == b.only_in->environment;
    }

    /// Whether one environment can have both.
    [[nodiscard]] bool meet(const Held& a, const Held& b) const {
        if (a.claim != nullptr && b.claim != nullptr) return meet(*a.claim, *b.claim);
        if (a.use != nullptr && b.use != nullptr && a.use->service == b.use->service)
            return false;  // several endpoints of one service; who shares a host is said by hosts
        return true;
    }

    /// Those who have each number, where several do.
    [[nodiscard]] std::vector<std::vector<const Held*>> shared() const {
        std::map<std::pair<unsigned, Protocol>, std::vector<const Held*>> by_number;
        for (const auto& each : held_) by_number[{each.port, each.protocol}].push_back(&each);
        std::vector<std::vector<const Held*>> all;
        for (auto& [number, holders] : by_number)
            if (holders.size() > 1) all.push_back(std::move(holders));
        return all;
    }

    void add_shared(Judgement& judgement, bool of_registry) const {
        for (const auto& holders : shared())
            for (std::size_t i = 0; i < holders.size(); ++i)
                for (std::size_t j = i + 1; j < holders.size(); ++j) {
                    const bool is_registry = holders[j]->use != nullptr;
                    if (is_registry == of_registry && meet(*holders[i], *holders[j]))
                        judgement.witnesses.push_back(holders[i]->witness(holders[j]->holder));
                }
    }

    [[nodiscard]] Judgement arithmetic() const {
        Judgement judgement{Ground::arithmetic, {}, {}, {}};
        add_shared(judgement, false);
        judgement.sentence =
            judgement.holds() ? "no two names compose to one number in one environment"
                              : fmt::format("{} composed twice",
                                            counted(judgement.witnesses.size(), "number") +
                                                (judgement.witnesses.size() == 1 ? " is" : " are"));
        if (!judgement.holds()) judgement.cure = "Give one of the two another id.";
        return judgement;
    }

    [[nodiscard]] Judgement registry() const {
        Judgement judgement{Ground::registry, {}, {}, {}};
        add_shared(judgement, true);
        judgement.sentence =
            judgement.holds()
                ? "no number of the registry is another's, or the convention's"
                : counted(judgement.witnesses.size(), "number") + " of the registry collide";
        if (!judgement.holds()) judgement.cure = "Give the service of the registry another port.";
        return judgement;
    }

    [[nodiscard]] Judgement hosts() const {
        Judgement judgement{Ground::hosts, {}, {}, {}};
        struct Seen {
            std::string text;
        };
        std::map<std::tuple<Address, unsigned, Protocol>, Seen> seen;
        std::size_t endpoints = 0;
        for (const auto& environment : plan_.environments)
            for (const auto& service : services_of(plan_, environment))
                for (const auto& each : service.endpoints) {
                    ++endpoints;
                    add_endpoint(service, each, seen, judgement);
                }
        judgement.sentence = judgement.holds()
                                 ? fmt::format("no two of {} share an address and port",
                                               counted(endpoints, "endpoint"))
                                 : fmt::format("{} share an address and port with another",
                                               counted(judgement.witnesses.size(), "endpoint"));
        if (!judgement.holds())
            judgement.cure = "Move one of the two to another host, or to another port.";
        return judgement;
    }

    template <class Seen>
    static void add_endpoint(const Service& service, const Endpoint& endpoint, Seen& seen,
                             Judgement& judgement) {
        std::vector<Address> addresses;
        if (endpoint.is_group) addresses.push_back(endpoint.environment->multicast->value);
        if (endpoint.host != nullptr)
            for (const auto& each : endpoint.host->addresses) addresses.push_back(each.value);
        auto text = fmt::format("{}{} in {}", service.label(),
                                endpoint.instance == 0 || endpoint.is_group
                                    ? ""
                                    : fmt::format(" instance {}", endpoint.instance),
                                service.environment->name);
        for (const auto& address : addresses) {
            const auto [found, is_new] =
                seen.try_emplace({address, endpoint.port, service.protocol}, text);
            if (is_new) continue;
            judgement.witnesses.push_back(
                {endpoint.port, service.protocol, text, endpoint.instance,
                 fmt::format("{} at {}", found->second.text, to_string(address)), true,
                 endpoint.place});
            return;  // once for all addresses of a host
        }
    }

    // --- ranges ---------------------------------------------------------------------------------

    [[nodiscard]] Judgement bounds() const {
        const auto within = plan_.convention ? plan_.convention->bounds : PortRange{1, 65535};
        return outside(within);
    }

    [[nodiscard]] Judgement outside(const PortRange& within) const {
        Judgement judgement{Ground::bounds, {}, {}, {}};
        for (const auto& each : held_)
            if (each.port == 0 || each.port > 65535 ||
                (each.claim != nullptr && !within.contains(each.port)))
                judgement.witnesses.push_back(each.witness());
        judgement.sentence = judgement.holds()
                                 ? fmt::format("all lie within {}", text(within))
                                 : fmt::format("{} outside {}", lie(judgement), text(within));
        if (!judgement.holds()) judgement.cure = "Change `bounds:`, or the ids that compose them.";
        return judgement;
    }

    /// "1 number lies", "72 numbers lie".
    static std::string lie(const Judgement& judgement) {
        const auto count = judgement.witnesses.size();
        return counted(count, "number") + (count == 1 ? " lies" : " lie");
    }

    Judgement inside(Ground ground, const PortRange& range, const std::string& whose,
                     const std::function<std::string(std::vector<unsigned>)>& cure) const {
        Judgement judgement{ground, {}, {}, {}};
        std::vector<unsigned> ports;
        for (const auto& each : held_) {
            if (!range.contains(each.port)) continue;
            judgement.witnesses.push_back(each.witness());
            ports.push_back(each.port);
        }
        judgement.sentence = fmt::format(
            "{} in {} {}", judgement.holds() ? "none lies" : lie(judgement), whose, text(range));
        if (!judgement.holds()) judgement.cure = cure(std::move(ports));
        return judgement;
    }

    [[nodiscard]] Judgement dynamic() const {
        if (!plan_.dynamic)
            return {Ground::dynamic, {}, "the plan gives no ports to registrations", {}};
        return inside(Ground::dynamic, plan_.dynamic->ports, "the ports of registrations,",
                      [](const auto&) {
                          return "Give dynamic: another range, or reserve these on the hosts.";
                      });
    }

    [[nodiscard]] Judgement nodeport() const {
        return inside(Ground::nodeport, terms_.nodeport, "Kubernetes' NodePort range",
                      [](const auto&) {
                          return "Keep clusters off these hosts, or give the API server another "
                                 "--service-node-port-range.";
                      });
    }

    [[nodiscard]] Judgement ephemeral() const {
        auto judgement =
            inside(Ground::ephemeral, terms_.ephemeral, "Linux's ephemeral range", [](auto ports) {
                return "Reserve them on their hosts, in /etc/sysctl.d/portolan.conf: " +
                       reserved_ports_line(std::move(ports));
            });
        const auto all = judgement.witnesses.size();
        std::erase_if(judgement.witnesses, [&](const Witness& each) {
            return std::ranges::any_of(
                terms_.reserved, [&](const auto& range) { return range.contains(each.port); });
        });
        if (judgement.witnesses.size() == all) return judgement;
        judgement.sentence =
            judgement.holds()
                ? fmt::format("{} in Linux's ephemeral range {}, all of them reserved",
                              counted(all, "number"), text(terms_.ephemeral))
                : fmt::format("{} in Linux's ephemeral range {} and not reserved, {} reserved",
                              lie(judgement), text(terms_.ephemeral),
                              counted(all - judgement.witnesses.size(), "other"));
        if (judgement.holds()) judgement.cure.clear();
        return judgement;
    }

    // --- IANA -----------------------------------------------------------------------------------

    /// "swdtp (tcp, udp)"; "" when no name is there.
    static std::string words(const std::vector<iana::Name>& all) {
        std::string text;
        for (const auto& each : all) {
            std::string protocols;
            for (const auto protocol : each.protocols)
                protocols += (protocols.empty() ? "" : ", ") + std::string(to_string(protocol));
            text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", each.name,
                                protocols.empty() ? "no protocol given" : protocols);
        }
        return text;
    }

    [[nodiscard]] Judgement iana_names() const {
        Judgement judgement{Ground::iana, {}, {}, {}};
        std::set<std::pair<unsigned, Protocol>> told;
        std::size_t same = 0;
        for (const auto& each : held_) {
            if (each.port > 65535 || !told.emplace(each.port, each.protocol).second) continue;
            const auto all = terms_.iana->names_of(static_cast<Port>(each.port));
            if (all.empty() || (each.use != nullptr && is_its_own(*each.use, all))) continue;
            const bool is_same = std::ranges::any_of(
                all, [&](const auto& name) { return name.is_for(each.protocol); });
            same += is_same ? 1 : 0;
            judgement.witnesses.push_back(each.witness(words(all), is_same));
        }
        const auto count = judgement.witnesses.size();
        judgement.sentence =
            judgement.holds()
                ? fmt::format("none has a name at IANA, as of {}", terms_.iana->date())
                : fmt::format("{} a name at IANA, as of {}, {} in the same protocol",
                              counted(count, "number") + (count == 1 ? " has" : " have"),
                              terms_.iana->date(), same);
        if (!judgement.holds())
            judgement.cure = "Nothing to do unless that software runs on the same hosts.";
        return judgement;
    }

    /// A registry entry on the port that IANA gives to its own kind (redis on 6379) is no news.
    static bool is_its_own(const NamedUse& use, const std::vector<iana::Name>& all) {
        return std::ranges::any_of(
            all, [&](const auto& each) { return is_iana_name_of(use, each.name); });
    }

    const Plan& plan_;
    const ProofTerms& terms_;
    std::vector<Claim> claims_;
    std::vector<NamedUse> uses_;
    std::vector<Held> held_;
};

}  // namespace

const char* to_string(Ground ground) noexcept { return names[static_cast<std::size_t>(ground)]; }

std::optional<Ground> parse_ground(std::string_view text) noexcept {
    const auto found = std::ranges::find(names, text);
    return found == names.end() ? std::nullopt
                                : std::optional(static_cast<Ground>(found - names.begin()));
}

bool Proof::holds() const noexcept { return std::ranges::all_of(judgements, &Judgement::holds); }

Proof prove(const Plan& plan, const ProofTerms& terms) { return Prover(plan, terms).prove(); }

}  // namespace portolan::registry
