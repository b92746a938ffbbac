#include "portolan/registry/plan.hpp"

#include <algorithm>

namespace portolan::registry {
namespace {

constexpr std::array<const char*, 4> protocol_names{"tcp", "udp", "sctp", "dccp"};

}  // namespace

const char* to_string(Protocol protocol) noexcept {
    return protocol_names[static_cast<std::size_t>(protocol)];
}

std::optional<Protocol> parse_protocol(std::string_view text) noexcept {
    for (std::size_t i = 0; i < protocol_names.size(); ++i)
        if (text == protocol_names[i]) return static_cast<Protocol>(i);
    return std::nullopt;
}

const char* to_string(FieldKind kind) noexcept {
    switch (kind) {
        case FieldKind::instance:
            return "instance";
        case FieldKind::application:
            return "application";
        case FieldKind::type:
            return "type";
    }
    return "instance";
}

const char* to_string(Failover failover) noexcept {
    switch (failover) {
        case Failover::ordered:
            return "ordered";
        case Failover::balanced:
            return "balanced";
        case Failover::leader:
            return "leader";
    }
    return "ordered";
}

const Field* Pattern::field(FieldKind kind) const noexcept {
    for (const auto& each : fields)
        if (each.kind == kind) return &each;
    return nullptr;
}

bool Environment::is_called(std::string_view name_or_alias) const noexcept {
    return name == name_or_alias ||
           std::any_of(aliases.begin(), aliases.end(),
                       [&](const auto& alias) { return alias.value == name_or_alias; });
}

const Host* Environment::host(std::string_view wanted) const noexcept { return hosts.find(wanted); }

const Placement* Environment::own_placement(std::string_view subject) const noexcept {
    return placements.find(subject);
}

const Placement* Environment::placement(std::string_view application) const noexcept {
    const auto* own = own_placement(application);
    return own != nullptr ? own : own_placement("default");
}

const Override* Environment::override_of(std::string_view subject) const noexcept {
    return overrides.find(subject);
}

void Environments::push_back(std::shared_ptr<const Environment> one) {
    all_.push_back(std::move(one));
    index_.add(static_cast<std::uint32_t>(all_.size() - 1),
               [this](auto i) -> std::string_view { return all_[i]->name; });
}

void Environments::clear() noexcept {
    all_.clear();
    index_.clear();
}

Environment& Environments::edit(std::size_t position) {
    auto copy = std::make_shared<Environment>(*all_.at(position));
    all_[position] = copy;
    return *copy;
}

const Environment* Environments::find(std::string_view name) const noexcept {
    const auto at = index_.find(name, static_cast<std::uint32_t>(all_.size()),
                                [this](auto i) -> std::string_view { return all_[i]->name; });
    return at == NameIndex::none ? nullptr : all_[at].get();
}

bool Environment::is_outside_networks(const Address& address) const noexcept {
    bool says = false;
    for (const auto& network : networks) {
        if (network.value.contains(address)) return false;
        says |= network.value.base.size == address.size;
    }
    return says;
}

bool Plan::is_master_file_only() const noexcept {
    return records && !convention && !dynamic && nameservers.empty() && ranges.empty() &&
           services.empty() && environments.empty();
}

const Environment* Plan::environment(std::string_view name_or_alias) const noexcept {
    if (const auto* named = environments.find(name_or_alias)) return named;
    for (const auto& each : environments)
        if (each.is_called(name_or_alias)) return &each;
    return nullptr;
}

const Application* Plan::application(std::string_view name) const noexcept {
    return convention ? convention->applications.find(name) : nullptr;
}

const PortType* Plan::type(std::string_view name) const noexcept {
    return convention ? convention->types.find(name) : nullptr;
}

const NamedService* Plan::service(std::string_view name) const noexcept {
    return services.find(name);
}

std::string Plan::text(const Place& place) const {
    std::string text = place.file < files.size() ? files[place.file] : "plan";
    if (place.line == 0) return text;
    text += ":" + std::to_string(place.line);
    if (place.column != 0) text += ":" + std::to_string(place.column);
    return text;
}

Finding Plan::finding(Severity severity, std::string rule, const Place& place, std::string message,
                      std::string cure) const {
    return {severity,       std::move(rule), place.file < files.size() ? files[place.file] : "plan",
            place.line,     place.column,    std::move(message),
            std::move(cure)};
}

}  // namespace portolan::registry
