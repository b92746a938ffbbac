#include "portolan/zone/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "portolan/dns/presentation.hpp"

namespace portolan::zone {
namespace {

/// What identifies an endpoint in an SRV set, and what may change about it.
struct Endpoint {
    std::uint16_t port = 0;
    std::string target;  // in words: "jb2"
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    [[nodiscard]] bool is_same_place(const Endpoint& other) const {
        return port == other.port && target == other.target;
    }
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

std::string label_text(dns::OctetView label) {
    return {reinterpret_cast<const char*>(label.data()), label.size()};
}

std::string without_final_dot(std::string name) {
    if (name.size() > 1 && name.back() == '.') name.pop_back();
    return name;
}

/// `_service._proto` and at most one label more, below the apex.
struct ServiceName {
    std::string service;      // "hydrogen-ajp"
    std::string protocol;     // "tcp"
    std::string environment;  // "prod"; empty at the apex
    dns::NameView below;      // where the service's hosts are named
};

std::optional<ServiceName> service_name(dns::NameView owner, dns::NameView apex) {
    const unsigned labels = owner.label_count() - apex.label_count();
    if (labels != 2 && labels != 3) return std::nullopt;
    const std::string service = label_text(owner.first_label());
    const std::string protocol = label_text(owner.parent().first_label());
    if (!service.starts_with('_') || !protocol.starts_with('_')) return std::nullopt;
    const dns::NameView below = owner.ancestor(2);
    return ServiceName{service.substr(1), protocol.substr(1),
                       labels == 3 ? label_text(below.first_label()) : "", below};
}

/// A host of the environment by its label, anything else by its whole name.
std::string target_text(dns::NameView target, dns::NameView below) {
    if (!target.is_root() && target.parent() == below) return label_text(target.first_label());
    return without_final_dot(dns::to_text(target));
}

std::vector<Endpoint> endpoints_of(const dns::RrsetPtr& set, dns::NameView below) {
    std::vector<Endpoint> endpoints;
    if (!set) return endpoints;
    for (const dns::OctetView srv : *set) {
        endpoints.push_back({dns::load_u16(srv.data() + 4),
                             target_text(dns::NameView(srv.subspan(6)), below),
                             dns::load_u16(srv.data()), dns::load_u16(srv.data() + 2)});
    }
    return endpoints;
}

const Endpoint* find_place(const std::vector<Endpoint>& endpoints, const Endpoint& wanted) {
    const auto found = std::find_if(endpoints.begin(), endpoints.end(),
                                    [&](const auto& one) { return one.is_same_place(wanted); });
    return found == endpoints.end() ? nullptr : &*found;
}

std::string moved_text(const Endpoint& before, const Endpoint& after) {
    std::string text = fmt::format("{} {}", after.port, after.target);
    if (before.priority != after.priority) {
        text += fmt::format(" priority {} to {}", before.priority, after.priority);
    }
    if (before.weight != after.weight) {
        text += fmt::format(" weight {} to {}", before.weight, after.weight);
    }
    return text;
}

std::string service_line(const ServiceName& name, const Change& change) {
    const auto before = endpoints_of(change.before, name.below);
    const auto after = endpoints_of(change.after, name.below);
    std::vector<std::string> parts;
    for (const auto& endpoint : after) {
        const Endpoint* old = find_place(before, endpoint);
        if (old == nullptr) {
            parts.push_back(fmt::format("+ {} {}", endpoint.port, endpoint.target));
        } else if (*old != endpoint) {
            parts.push_back(moved_text(*old, endpoint));
        }
    }
    for (const auto& endpoint : before) {
        if (find_place(after, endpoint) == nullptr) {
            parts.push_back(fmt::format("- {} {}", endpoint.port, endpoint.target));
        }
    }
    if (change.before && change.after && change.before->ttl() != change.after->ttl()) {
        parts.push_back(
            fmt::format("TTL {} to {}", change.before->ttl().seconds, change.after->ttl().seconds));
    }
    return fmt::format("{}{}{}/{}: {}", name.environment, name.environment.empty() ? "" : " ",
                       name.service, name.protocol, fmt::join(parts, ", "));
}

std::string rest_line(const std::map<dns::Type, std::size_t>& counts, bool is_all) {
    std::size_t total = 0;
    std::vector<std::string> parts;
    for (const auto& [type, count] : counts) {
        total += count;
        parts.push_back(fmt::format("{} {}", count, dns::to_string(type)));
    }
    return fmt::format("{}{} {}record set{}: {}", is_all ? "" : "and ", total,
                       is_all ? "" : "other ", total == 1 ? "" : "s", fmt::join(parts, ", "));
}

}  // namespace

std::vector<std::string> describe(const std::vector<Change>& changes, dns::NameView apex,
                                  std::size_t limit) {
    std::vector<std::string> lines;
    std::map<dns::Type, std::size_t> rest;
    for (const auto& change : changes) {
        const auto name =
            change.type == dns::Type::srv ? service_name(change.owner, apex) : std::nullopt;
        if (name && lines.size() < limit) {
            lines.push_back(service_line(*name, change));
        } else {
            ++rest[change.type];
        }
    }
    if (!rest.empty()) lines.push_back(rest_line(rest, lines.empty()));
    return lines;
}

}  // namespace portolan::zone
