#include "portolan/registry/meaning.hpp"

#include <algorithm>
#include <charconv>

#include "portolan/dns/presentation.hpp"
#include "portolan/registry/suggest.hpp"
#include "registry/announced.hpp"

namespace portolan::registry {
namespace {

using Kind = Meaning::Kind;
using Labels = std::vector<std::string_view>;

std::optional<unsigned> whole_number(std::string_view text) {
    unsigned value = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    const bool is_whole = error == std::errc{} && stop == end;
    return is_whole && std::to_string(value) == text ? std::optional(value) : std::nullopt;
}

/// At the dots that no backslash stands before.
Labels split(std::string_view name) {
    Labels labels;
    std::size_t start = 0;
    for (std::size_t at = 0; at < name.size(); ++at) {
        if (name[at] == '\\') {
            ++at;
        } else if (name[at] == '.') {
            labels.push_back(name.substr(start, at - start));
            start = at + 1;
        }
    }
    labels.push_back(name.substr(start));
    return labels;
}

/// The octets of a label in presentation form, "far\.example" or "two\032words"; in lower case.
std::optional<std::string> octets_of(std::string_view label) {
    const auto name = dns::parse_name(std::string(label) + ".");
    if (!name || name->view().label_count() != 1) return std::nullopt;
    std::string octets;
    for (const auto octet : name->view().first_label())
        octets.push_back(static_cast<char>(dns::fold(octet)));
    return octets;
}

std::string text_of(dns::NameView name) {
    auto text = dns::to_text(name);
    if (text.size() > 1) text.pop_back();
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return text;
}

std::string_view below(std::string_view name, const std::string& zone) {
    const bool is_below = name.size() > zone.size() && name.ends_with(zone) &&
                          name[name.size() - zone.size() - 1] == '.';
    return is_below ? name.substr(0, name.size() - zone.size() - 1) : name;
}

/// "_tcp" as a protocol.
std::optional<Protocol> protocol_label(std::string_view label) {
    return label.starts_with('_') ? parse_protocol(label.substr(1)) : std::nullopt;
}

/// Looks one name up in one plan.
class Lookup {
public:
    explicit Lookup(const Registry& registry) : registry_(registry), plan_(registry.plan) {}

    std::vector<Meaning> all(std::string_view name) {
        const auto zone = text_of(plan_.zone.value.view());
        const auto relative = below(name, zone);
        published(relative, zone);
        const auto labels = split(relative);
        if (labels.size() > 2 && labels[2] == "_port") {
            port(labels);
        } else if (labels.size() > 2 && labels[1] == "_dns-sd" && labels[2] == "_udp") {
            browsing(labels);
        } else if (labels.size() == 4 && labels[1].starts_with('_') && protocol_label(labels[2])) {
            listed(labels);
        } else if (name.starts_with('_')) {
            owner(labels);
        } else {
            plain(labels);
        }
        return std::move(found_);
    }

    std::vector<Meaning> hosts(std::string_view name) {
        if (const auto address = parse_address(name)) {
            for (const auto& each : plan_.environments) host_at(each, *address);
            return std::move(found_);
        }
        const auto zone = text_of(plan_.zone.value.view());
        const auto labels = split(below(name, zone));
        if (labels.size() == 1)
            for (const auto& each : plan_.environments) host(each, labels[0]);
        if (labels.size() == 2)
            if (const auto* each = plan_.environment(labels[1])) host(*each, labels[0]);
        return std::move(found_);
    }

private:
    // --- names ----------------------------------------------------------------------------------

    void plain(const Labels& labels) {
        if (labels.size() == 1) {
            if (const auto* each = plan_.environment(labels[0]))
                found_.push_back({.kind = Kind::environment, .environment = each});
            thing(labels[0], nullptr);
            for (const auto& each : plan_.environments) host(each, labels[0]);
        }
        const auto* environment = plan_.environment(labels.back());
        if (environment == nullptr) return;
        if (labels.size() == 2) {
            thing(labels[0], environment);
            host(*environment, labels[0]);
        }
        const auto instance = labels.size() == 3 ? whole_number(labels[0]) : std::nullopt;
        if (const auto* application = plan_.application(labels.size() == 3 ? labels[1] : "");
            application != nullptr && instance)
            found_.push_back({.kind = Kind::application,
                              .environment = environment,
                              .application = application,
                              .instance = instance});
    }

    void thing(std::string_view name, const Environment* environment) {
        if (const auto* each = plan_.application(name))
            found_.push_back(
                {.kind = Kind::application, .environment = environment, .application = each});
        if (const auto* each = plan_.type(name))
            found_.push_back({.kind = Kind::type, .environment = environment, .type = each});
        service(name, std::nullopt, environment);
    }

    /// A service by its label, whichever half has hyphens of its own.
    void service(std::string_view label, std::optional<Protocol> protocol,
                 const Environment* environment) {
        named(label, std::nullopt, protocol, environment);
        for (auto at = label.find('-'); at != label.npos; at = label.find('-', at + 1)) {
            composed(label.substr(0, at), label.substr(at + 1), protocol, environment);
            named(label.substr(0, at), label.substr(at + 1), protocol, environment);
        }
    }

    void composed(std::string_view application, std::string_view type,
                  std::optional<Protocol> protocol, const Environment* environment) {
        const auto* of = plan_.application(application);
        const auto* what = plan_.type(type);
        if (of == nullptr || what == nullptr || (protocol && what->protocol != *protocol)) return;
        found_.push_back(
            {.kind = Kind::service, .environment = environment, .application = of, .type = what});
    }

    /// A service of the registry: one of its ports by name, or those of a protocol, or all.
    void named(std::string_view name, std::optional<std::string_view> port,
               std::optional<Protocol> protocol, const Environment* environment) {
        const auto* service = plan_.service(name);
        if (service == nullptr) return;
        Meaning meaning{.kind = Kind::service, .environment = environment, .named = service};
        if (!port && !protocol) return found_.push_back(meaning);
        for (const auto& each : service->ports) {
            if (protocol && each.protocol != *protocol) continue;
            if (port ? each.name != *port : !each.name.empty()) continue;
            meaning.port = &each;
            found_.push_back(meaning);
        }
    }

    void host(const Environment& environment, std::string_view name) {
        if (const auto* each = environment.host(name))
            return found_.push_back(
                {.kind = Kind::host, .environment = &environment, .host = each});
        const auto address = announced_address(name);
        if (address && is_announced_host(registry_, environment, *address))
            found_.push_back({.kind = Kind::host, .environment = &environment, .address = address});
    }

    void host_at(const Environment& environment, const Address& address) {
        const auto* each = host_with(registry_, environment, address);
        if (each == nullptr && !is_announced_host(registry_, environment, address)) return;
        found_.push_back(
            {.kind = Kind::host, .environment = &environment, .host = each, .address = address});
    }

    // --- owners ---------------------------------------------------------------------------------

    /// [10104, _tcp, _port, prod]
    void port(const Labels& labels) {
        const auto number = whole_number(labels[0]);
        const auto protocol = protocol_label(labels[1]);
        const auto* environment = labels.size() == 4 ? plan_.environment(labels[3]) : nullptr;
        const bool is_one = number && *number <= 65535 && protocol &&
                            (labels.size() == 3 || environment != nullptr);
        if (is_one)
            found_.push_back({.kind = Kind::port,
                              .environment = environment,
                              .number = *number,
                              .protocol = protocol});
    }

    /// [_hydrogen-ajp, _tcp, prod], [_jmx, _tcp, prod], [_ajp, _tcp, hydrogen, prod]
    void owner(const Labels& labels) {
        const auto protocol = labels.size() > 1 ? protocol_label(labels[1]) : std::nullopt;
        if (!protocol || labels[0].size() < 2) return;
        const auto label = labels[0].substr(1);
        const auto* environment = labels.size() > 2 ? plan_.environment(labels.back()) : nullptr;
        if (labels.size() == 2) return service(label, protocol, nullptr);
        if (environment == nullptr) return;
        if (labels.size() == 3) {
            service(label, protocol, environment);
            const auto* type = plan_.type(label);
            if (type != nullptr && type->across && type->protocol == *protocol)
                found_.push_back({.kind = Kind::type, .environment = environment, .type = type});
            if (const auto* list = service_type(*environment, {label, *protocol}))
                found_.push_back({.kind = Kind::service_type,
                                  .environment = environment,
                                  .service_type = *list});
        } else if (labels.size() == 4) {
            composed(labels[2], label, protocol, environment);
            const auto* service = plan_.service(labels[2]);
            if (service != nullptr && service->type == label)
                named(labels[2], std::nullopt, protocol, environment);
        }
    }

    // --- browsing -------------------------------------------------------------------------------

    /// The environment's own of that name; nullptr when it has none.
    const ServiceType* service_type(const Environment& environment, const ServiceType& wanted) {
        types_ = service_types(plan_, environment);
        const auto found = std::ranges::find(types_, wanted);
        return found == types_.end() ? nullptr : &*found;
    }

    /// [_services, _dns-sd, _udp, prod], [b, _dns-sd, _udp, prod], [b, _dns-sd, _udp]
    void browsing(const Labels& labels) {
        const auto is_any = [&](const Environment& each) {
            return !service_types(plan_, each).empty();
        };
        const bool is_question = labels[0] == "b" || labels[0] == "lb";
        if (labels.size() == 3 && is_question && std::ranges::any_of(plan_.environments, is_any))
            return found_.push_back({.kind = Kind::browsing});
        const auto* environment = labels.size() == 4 ? plan_.environment(labels[3]) : nullptr;
        if (environment == nullptr || !is_any(*environment)) return;
        if (is_question || labels[0] == "db" || labels[0] == "_services")
            found_.push_back({.kind = Kind::browsing, .environment = environment});
    }

    /// [hydrogen-1, _http, _tcp, prod]
    void listed(const Labels& labels) {
        const auto* environment = plan_.environment(labels[3]);
        const auto name = octets_of(labels[0]);
        if (environment == nullptr || !name) return;
        const ServiceType wanted{labels[1].substr(1), *protocol_label(labels[2])};
        const auto* type = service_type(*environment, wanted);
        if (type == nullptr) return;
        for (const auto& service : services_of(registry_, *environment, *type))
            for (const auto* all : {&service.endpoints, &service.withheld})
                for (const auto& endpoint : *all)
                    if (instance_name(service, endpoint) == *name)
                        return listed(service, endpoint, *type, *name);
    }

    void listed(const Service& service, const Endpoint& endpoint, const ServiceType& type,
                const std::string& name) {
        Meaning meaning{.kind = Kind::listed,
                        .environment = service.environment,
                        .application = service.application,
                        .type = service.type,
                        .named = service.named,
                        .port = service.port};
        if (endpoint.instance != 0) meaning.instance = endpoint.instance;
        meaning.service_type = type;
        meaning.listed = name;
        found_.push_back(std::move(meaning));
    }

    void published(std::string_view relative, const std::string& zone) {
        for (const auto& service : plan_.services)
            for (const auto& each : service.publish)
                if (below(text_of(each.value.view()), zone) == relative)
                    found_.push_back({.kind = Kind::service, .named = &service});
    }

    const Registry& registry_;
    const Plan& plan_;
    std::vector<Meaning> found_;
    std::vector<ServiceType> types_;  // of the environment that was looked at last
};

}  // namespace

const char* to_string(Meaning::Kind kind) noexcept {
    switch (kind) {
        case Kind::port:
            return "port";
        case Kind::environment:
            return "environment";
        case Kind::host:
            return "host";
        case Kind::application:
            return "application";
        case Kind::type:
            return "type";
        case Kind::service:
            return "service";
        case Kind::browsing:
            return "browsing";
        case Kind::service_type:
            return "service-type";
        case Kind::listed:
            return "instance";
    }
    return "";
}

std::vector<Meaning> meanings(const Registry& registry, std::string_view name) {
    if (parse_address(name)) return hosts_called(registry, name);
    return Lookup(registry).all(name);
}

std::vector<Meaning> hosts_called(const Registry& registry, std::string_view name) {
    return Lookup(registry).hosts(name);
}

std::vector<std::string_view> known_names(const Plan& plan) {
    std::vector<std::string_view> names;
    const auto add = [&](const auto& all) {
        for (const auto each : names_of(all)) names.push_back(each);
    };
    if (plan.convention) {
        add(plan.convention->applications);
        add(plan.convention->types);
    }
    add(plan.services);
    add(plan.environments);
    for (const auto& each : plan.environments) {
        if (names.size() > 10'000) break;  // enough to be near one
        add(each.hosts);
    }
    return names;
}

}  // namespace portolan::registry
