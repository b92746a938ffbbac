#include "portolan/registry/preservation.hpp"

#include <algorithm>
#include <set>

namespace portolan::registry {
namespace {

bool is_alive(Verdict verdict) noexcept {
    return verdict == Verdict::passing || verdict == Verdict::warning;
}

}  // namespace

void Preservation::set_checked(const std::map<std::string, std::size_t>& checked,
                               unsigned percent) {
    percent_ = percent;
    std::erase_if(environments_, [&](const auto& each) { return !checked.contains(each.first); });
    for (const auto& [name, count] : checked) environments_[name].checked = count;
}

std::vector<VerdictsChange> Preservation::step(const std::vector<VerdictsChange>& concluded,
                                               Moment now) {
    std::map<std::string_view, std::set<Live::ServiceName>> touched;
    std::vector<VerdictsChange> said;
    for (const auto& change : concluded) {
        const auto found = environments_.find(change.environment);
        if (found == environments_.end()) {
            said.push_back(change);
            continue;
        }
        const Live::ServiceName name{change.service, change.protocol};
        conclude(found->second, found->second.services[name], change.verdicts, now);
        touched[found->first].insert(name);
    }
    for (const auto& [name, services] : touched) {
        Environment& environment = environments_.find(name)->second;
        const bool was_held = environment.is_held;
        judge(environment, most_of(environment), now);
        const auto say = [&](const Live::ServiceName& service, Service& known) {
            auto verdicts = to_say(environment, known);
            if (verdicts == known.said) return;
            known.said = verdicts;
            said.push_back(
                {std::string(name), service.first, service.second, std::move(verdicts), {}});
        };
        if (environment.is_held != was_held) {
            for (auto& [service, known] : environment.services) say(service, known);
        } else {
            for (const auto& service : services) say(service, environment.services[service]);
        }
        for (const auto& service : services) {
            const auto found = environment.services.find(service);
            if (found->second.endpoints.empty()) environment.services.erase(found);
        }
    }
    return said;
}

std::size_t Preservation::held(std::string_view environment) const {
    const auto found = environments_.find(environment);
    if (found == environments_.end() || !found->second.is_held) return 0;
    return count_since(found->second, found->second.since);
}

void Preservation::conclude(Environment& environment, Service& service, const Verdicts& verdicts,
                            Moment now) {
    std::map<Spot, Endpoint> next;
    for (const auto& each : verdicts) {
        const Spot spot{each.host, each.port};
        const auto found = service.endpoints.find(spot);
        Endpoint endpoint = found == service.endpoints.end() ? Endpoint() : found->second;
        if (each.verdict == Verdict::critical && is_alive(endpoint.concluded)) {
            endpoint.before = endpoint.concluded;
            endpoint.fell = now;
            environment.falls.push_back(now);
        } else if (each.verdict != Verdict::critical) {
            endpoint.before = Verdict::unknown;
        }
        endpoint.concluded = each.verdict;
        next.emplace(spot, endpoint);
    }
    service.endpoints = std::move(next);
}

/// More than this is too many.
std::size_t Preservation::most_of(const Environment& environment) const noexcept {
    if (percent_ >= 100) return static_cast<std::size_t>(-1);
    return std::max<std::size_t>(environment.checked * percent_ / 100, least - 1);
}

/// The falls of the last minute are at least as many as those of them who are still down, so
/// mostly nobody is counted.
void Preservation::judge(Environment& environment, std::size_t most, Moment now) {
    auto& falls = environment.falls;
    while (!falls.empty() && now - falls.front() > window) falls.pop_front();
    if (environment.is_held) {
        environment.is_held = count_since(environment, environment.since) > most;
    } else if (falls.size() > most && count_since(environment, now - window) > most) {
        environment.is_held = true;
        environment.since = now - window;
    }
}

std::size_t Preservation::count_since(const Environment& environment, Moment since) {
    std::size_t count = 0;
    for (const auto& [name, service] : environment.services) {
        count += static_cast<std::size_t>(
            std::ranges::count_if(service.endpoints, [&](const auto& each) {
                return is_alive(each.second.before) && each.second.fell >= since;
            }));
    }
    return count;
}

Verdicts Preservation::to_say(const Environment& environment, const Service& service) {
    Verdicts verdicts;
    verdicts.reserve(service.endpoints.size());
    for (const auto& [spot, endpoint] : service.endpoints) {
        const bool is_held =
            environment.is_held && is_alive(endpoint.before) && endpoint.fell >= environment.since;
        verdicts.push_back(
            {spot.first, spot.second, is_held ? endpoint.before : endpoint.concluded});
    }
    return verdicts;
}

}  // namespace portolan::registry
