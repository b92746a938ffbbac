#include "portolan/zone/units.hpp"

#include <algorithm>

namespace portolan::zone {
namespace {

using Kind = Subject::Kind;

bool same_octets(dns::OctetView a, dns::OctetView b) noexcept { return std::ranges::equal(a, b); }

bool same(const ApexUnit& a, const ApexUnit& b) noexcept {
    return a.owner == b.owner && a.mname == b.mname && a.rname == b.rname &&
           std::ranges::equal(a.nameservers, b.nameservers) && a.timers == b.timers &&
           a.ttl == b.ttl && a.negative == b.negative;
}

bool same(const AddressUnit& a, const AddressUnit& b) noexcept {
    return a.owner == b.owner && a.ttl == b.ttl && std::ranges::equal(a.addresses, b.addresses);
}

bool same(const ServiceUnit& a, const ServiceUnit& b) noexcept {
    return std::ranges::equal(a.owners, b.owners) && std::ranges::equal(a.members, b.members) &&
           same_octets(a.text, b.text) && a.when_empty == b.when_empty && a.ttl == b.ttl;
}

bool same(const PortUnit& a, const PortUnit& b) noexcept {
    return a.owner == b.owner && std::ranges::equal(a.services, b.services) && a.ttl == b.ttl;
}

bool same(const BrowseUnit& a, const BrowseUnit& b) noexcept {
    return a.owner == b.owner && std::ranges::equal(a.listed, b.listed) &&
           same_octets(a.text, b.text) && a.ttl == b.ttl;
}

bool same(const TextUnit& a, const TextUnit& b) noexcept {
    return a.owner == b.owner && same_octets(a.text, b.text) && a.ttl == b.ttl;
}

struct KeyOf {
    dns::NameView operator()(const ServiceUnit& unit) const noexcept { return unit.owners.front(); }
    template <class Other>
    dns::NameView operator()(const Other& unit) const noexcept {
        return unit.owner;
    }
};

std::string text_of(dns::NameView name) {
    std::string text;
    for (; !name.is_root(); name = name.parent()) {
        const auto label = name.first_label();
        text.append(label.begin(), label.end());
        text += '.';
    }
    return text;
}

/// The subject itself, without its environment.
std::string bare_words(const Subject& subject) {
    const std::string name(subject.name);
    const std::string number = std::to_string(subject.number);
    switch (subject.kind) {
        case Kind::zone:
            return "zone " + text_of(subject.owner);
        case Kind::name_server:
            return "name server " + name;
        case Kind::host:
            return "host " + name;
        case Kind::group:
            return "multicast group";
        case Kind::service:
            return "service " + name + (subject.port.empty() ? "" : "-") +
                   std::string(subject.port);
        case Kind::published:
            return "service " + name + " at " + text_of(subject.owner);
        case Kind::across:
            return "type " + name + " over all applications";
        case Kind::instance:
            return "instance " + number + " of " + name;
        case Kind::application:
            return "application " + name;
        case Kind::options:
            return "mongodb options of " + name;
        case Kind::port:
            return "port " + number + "/" + to_string(subject.protocol);
        case Kind::service_type:
            return "service type " + name;
        case Kind::listed:
            return "instance " + name + " for browsing";
        case Kind::browsing:
            return "what can be browsed";
    }
    return name;
}

}  // namespace

std::optional<dns::NameView> Units::name(std::initializer_list<Label> labels,
                                         dns::NameView parent) {
    std::size_t size = parent.size();
    for (const auto& label : labels) {
        const std::size_t octets = label.text.size() + (label.underscored ? 1 : 0);
        if (octets == 0 || octets > dns::max_label_octets) return std::nullopt;
        size += octets + 1;
    }
    if (size > dns::max_name_octets) return std::nullopt;
    auto* const first = static_cast<std::uint8_t*>(memory_->allocate(size, 1));
    auto* at = first;
    for (const auto& label : labels) {
        *at++ = static_cast<std::uint8_t>(label.text.size() + (label.underscored ? 1 : 0));
        if (label.underscored) *at++ = '_';
        at = std::ranges::copy(label.text, at).out;
    }
    std::ranges::copy(parent.octets(), at);
    return dns::NameView({first, size});
}

std::string words(const Subject& subject) {
    std::string text = bare_words(subject);
    if (!subject.environment.empty()) text.append(" of ").append(subject.environment);
    return text;
}

bool operator==(const Unit& a, const Unit& b) noexcept {
    const auto same_as_b = [&b]<class Kind>(const Kind& unit) {
        return same(unit, *std::get_if<Kind>(&b));
    };
    return a.index() == b.index() && std::visit(same_as_b, a);
}

dns::NameView key_of(const Unit& unit) noexcept { return std::visit(KeyOf{}, unit); }

}  // namespace portolan::zone
