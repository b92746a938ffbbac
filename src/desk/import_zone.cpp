// RFC 1035 master files: SRV records say who serves what where (RFC 2782).
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "desk/formats.hpp"
#include "desk/text.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/dns/wire.hpp"
#include "portolan/source/master_file.hpp"

namespace portolan::desk {
namespace {

/// The zone's name: what the file's SOA record stands at. nullopt when no line tells.
std::optional<dns::Name> apex_of(std::string_view text) {
    Lines lines(text);
    dns::Name origin;
    while (const auto line = lines.next()) {
        const auto words = words_of(line->substr(0, line->find(';')));
        if (words.size() >= 2 && lower_case(words[0].text) == "$origin") {
            if (const auto name = dns::parse_name(words[1].text, origin.view())) origin = *name;
            continue;
        }
        for (std::size_t i = 1; i < words.size() && i <= 3; ++i) {
            if (lower_case(words[i].text) != "soa") continue;
            const auto owner = words[0].text == "@" ? dns::parse_name(".", origin.view())
                                                    : dns::parse_name(words[0].text, origin.view());
            const auto name = words[0].text == "@" ? origin : owner ? *owner : dns::Name();
            if (name.view().is_root()) return {};
            return name;
        }
    }
    return {};
}

/// The labels of a name below the apex, as text.
std::vector<std::string> labels_below(dns::NameView name, dns::NameView apex) {
    std::vector<std::string> labels;
    for (auto count = name.label_count() - apex.label_count(); count > 0; --count) {
        const auto label = name.first_label();
        labels.push_back(lower_case({reinterpret_cast<const char*>(label.data()), label.size()}));
        name = name.parent();
    }
    return labels;
}

class ZoneReader {
public:
    ZoneReader(const zone::Records& records, dns::NameView apex, std::uint32_t file,
               Imported& imported)
        : records_(records), apex_(apex), file_(file), imported_(imported) {}

    void read() {
        for (const auto& set : records_) {
            if (set.rrset->type() == dns::Type::a || set.rrset->type() == dns::Type::aaaa)
                learn_addresses(set);
            if (set.rrset->type() == dns::Type::srv) learn_owner(set);
        }
        for (const auto& set : records_) {
            const auto type = set.rrset->type();
            if (type == dns::Type::srv) {
                take(set);
            } else if (type != dns::Type::a && type != dns::Type::aaaa) {
                auto& [count, line] = others_[to_string(type)];
                if (count == 0) line = line_of_set(set);
                count += set.rrset->count();
            }
        }
        for (const auto& [type, found] : others_)
            imported_.findings.push_back(
                {registry::Severity::note, "no-port", imported_.files.at(file_), found.second, 0,
                 fmt::format("{} {} record{} nothing of ports", found.first, type,
                             found.first == 1 ? " says" : "s say"),
                 ""});
    }

private:
    using Set = zone::Records::Set;

    [[nodiscard]] std::uint32_t line_of_set(const Set& set) const {
        return records_.place(set).line;
    }

    void learn_addresses(const Set& set) {
        for (const auto rdata : *set.rrset) {
            registry::Address address;
            address.size = static_cast<std::uint8_t>(rdata.size());
            std::copy(rdata.begin(), rdata.end(), address.octets.begin());
            addresses_[lower_case(dns::to_text(set.owner))].push_back(address);
        }
    }

    /// The main form, `_service._proto` with at most an environment below it.
    void learn_owner(const Set& set) {
        const auto labels = labels_below(set.owner, apex_);
        if (labels.size() != 3) return;
        main_.insert(labels[0] + "." + labels[1] + "." + labels[2]);
        for (const auto rdata : *set.rrset) served_.insert(port_and_target(rdata));
        const auto hyphen = labels[0].rfind('-');
        if (hyphen == std::string::npos) return;
        auto& said =
            by_type_["_" + labels[0].substr(hyphen + 1) + "." + labels[1] + "." + labels[2]];
        for (const auto rdata : *set.rrset) said.insert(port_and_target(rdata));
    }

    static std::string port_and_target(dns::OctetView rdata) {
        return std::to_string(dns::load_u16(rdata.data() + 4)) + " " +
               lower_case(dns::to_text(dns::NameView(rdata.subspan(6))));
    }

    /// `_jmx._tcp.prod` over all applications says what `_oxygen-jmx._tcp.prod` and others say.
    [[nodiscard]] bool is_union(const Set& set, const std::vector<std::string>& labels) const {
        const auto said = by_type_.find(labels[0] + "." + labels[1] + "." + labels[2]);
        if (said == by_type_.end()) return false;
        for (const auto rdata : *set.rrset)
            if (!said->second.contains(port_and_target(rdata))) return false;
        return true;
    }

    /// `_ajp._tcp.hydrogen.prod` says again what `_hydrogen-ajp._tcp.prod` says.
    [[nodiscard]] bool is_said(const std::vector<std::string>& labels) const {
        const auto rest = "." + labels[1] + "." + labels[3];
        return main_.contains("_" + labels[2] + "-" + labels[0].substr(1) + rest) ||
               main_.contains("_" + labels[2] + rest);
    }

    /// `hydrogen-1._http._tcp.prod`, which browsers find (RFC 6763), says again where a service is.
    [[nodiscard]] bool is_listed(const Set& set, const std::vector<std::string>& labels) const {
        const bool is_instance = labels.size() == 4 && !labels[0].starts_with('_') &&
                                 labels[1].starts_with('_') && labels[2].starts_with('_');
        return is_instance && std::all_of(set.rrset->begin(), set.rrset->end(), [&](auto rdata) {
                   return served_.contains(port_and_target(rdata));
               });
    }

    void take(const Set& set) {
        const auto labels = labels_below(set.owner, apex_);
        if (is_listed(set, labels)) return;
        const registry::Place place{file_, line_of_set(set), 0};
        const auto owner = dns::to_text(set.owner);
        if (labels.size() < 2 || labels.size() > 4 || !labels[0].starts_with('_') ||
            !labels[1].starts_with('_'))
            return imported_.skip(place, fmt::format("{} is no _service._proto", owner),
                                  "Add the service by hand");
        const auto protocol = registry::parse_protocol(labels[1].substr(1));
        if (!protocol)
            return imported_.skip(place, fmt::format("{} has an unknown protocol", owner),
                                  "Known: tcp, udp, sctp, dccp");
        if (labels.size() == 4 && is_said(labels)) return;
        if (labels.size() == 3 && is_union(set, labels)) return;
        ImportedPort port;
        port.place = place;
        port.protocol = *protocol;
        port.service = labels.size() == 4 ? labels[2] : labels[0].substr(1);
        if (labels.size() == 4) port.type = labels[0].substr(1);
        if (labels.size() > 2) port.environment = labels.back();
        for (const auto rdata : *set.rrset) take_record(port, rdata, owner);
    }

    void take_record(ImportedPort port, dns::OctetView rdata, const std::string& owner) {
        port.priority = dns::load_u16(rdata.data());
        port.weight = dns::load_u16(rdata.data() + 2);
        const auto number = dns::load_u16(rdata.data() + 4);
        const dns::NameView target(rdata.subspan(6));
        if (number == 0 || target.is_root())
            return imported_.skip(port.place, fmt::format("{} is said not to be served", owner),
                                  "Declare the service by hand, if it may be again");
        port.ports.first = port.ports.last = number;
        port.host = lower_case(dns::to_text(target));
        if (const auto found = addresses_.find(port.host); found != addresses_.end())
            port.addresses = found->second;
        if (!port.addresses.empty() && target.is_at_or_below(apex_))
            port.host = labels_below(target, apex_).front();
        imported_.ports.push_back(std::move(port));
    }

    const zone::Records& records_;
    dns::NameView apex_;
    std::uint32_t file_;
    Imported& imported_;
    std::map<std::string, std::vector<registry::Address>> addresses_;
    std::set<std::string> main_;
    std::set<std::string> served_;  // ports and targets, by owners of the main form
    std::map<std::string, std::set<std::string>> by_type_;  // what `_TYPE._proto.env` may repeat
    std::map<std::string, std::pair<std::size_t, std::uint32_t>> others_;  // type: count, line
};

}  // namespace

void read_zone(const SourceText& source, Imported& imported) {
    const auto apex = apex_of(source.text);
    if (!apex)
        return imported.refuse({source.file, 0, 0}, "no SOA record tells the name of the zone",
                               "Begin the file with $ORIGIN and the zone's name");
    const auto& name = imported.files[source.file];
    // Nothing but the text at hand: an $INCLUDE is a finding.
    const auto open = [&](const std::string& path) {
        return path == name ? source::open_text(std::string(source.text)) : nullptr;
    };
    const auto file = source::read_master_file(name, apex->view(), dns::Ttl{3600}, open);
    for (auto finding : file.findings) {
        finding.severity = std::min(finding.severity, registry::Severity::warning);
        imported.findings.push_back(std::move(finding));
    }
    auto zone = dns::to_text(apex->view());
    zone.pop_back();
    imported.zone = zone;
    ZoneReader(file.records, apex->view(), source.file, imported).read();
}

}  // namespace portolan::desk
