// The registrations that an answer is about.
#include <algorithm>
#include <boost/json/array.hpp>

#include "portolan/registry/expiry.hpp"
#include "portolan/registry/registration_json.hpp"
#include "registry/explain_json.hpp"

namespace portolan::registry {
namespace {

namespace json = boost::json;
using Kind = Meaning::Kind;

constexpr std::size_t most_told = 100;

bool is_at(const Registry& registry, const Registration& one, const Meaning& host) {
    if (host.environment->name != one.environment) return false;
    if (host.host == nullptr) return host.address == one.said.address;
    const auto addresses = addresses_of(registry, *host.environment, *host.host);
    return std::ranges::find(addresses, one.said.address) != addresses.end();
}

bool is_of(const Registration& one, const Environment* environment) {
    return environment == nullptr || environment->name == one.environment;
}

bool is_meant(const Explanation& explanation, const Registration& one) {
    if (one.said.port != explanation.port || one.zone != explanation.plan->zone.value ||
        !is_of(one, explanation.environment) ||
        (explanation.protocol && *explanation.protocol != one.protocol))
        return false;
    return explanation.at.empty() || std::ranges::any_of(explanation.at, [&](const auto& host) {
               return is_at(explanation.registry(), one, host);
           });
}

/// Whether the label can be of that service at all; cheap, as it is asked of all registrations.
bool is_likely(const Meaning& meaning, std::string_view label) {
    if (meaning.named != nullptr) return label.starts_with(meaning.named->name);
    return (meaning.application == nullptr || label.starts_with(meaning.application->name)) &&
           (meaning.type == nullptr || label.ends_with(meaning.type->name));
}

bool is_meant(const NameExplanation& explanation, const Registration& one) {
    const auto& meaning = explanation.meaning;
    if (one.zone != explanation.plan->zone.value || !is_of(one, meaning.environment)) return false;
    if (meaning.kind == Kind::environment) return true;
    if (meaning.kind == Kind::host) return is_at(explanation.registry(), one, meaning);
    const auto* environment = explanation.plan->environment(one.environment);
    if (environment == nullptr || !is_likely(meaning, one.said.service)) return false;
    const auto key = locate(*explanation.plan, *environment, one.said.service, one.protocol);
    return key && (meaning.application == nullptr || meaning.application == key->application) &&
           (meaning.type == nullptr || meaning.type == key->type) &&
           (meaning.named == nullptr || meaning.named == key->named);
}

template <class Explained>
void add_meant(const Desk& desk, const Explained& explanation,
               std::vector<const Registered*>& found) {
    if (desk.catalog == nullptr) return;
    for (const auto* each : desk.catalog->all()) {
        if (found.size() == most_told) return;
        if (is_meant(explanation, each->registration) &&
            std::ranges::find(found, each) == found.end())
            found.push_back(each);
    }
}

}  // namespace

void RegistrationsTold::add(const Explanation& explanation) {
    add_meant(desk_, explanation, found_);
}

void RegistrationsTold::add(const NameExplanation& explanation) {
    add_meant(desk_, explanation, found_);
}

json::array RegistrationsTold::json() const {
    json::array all;
    for (const auto* each : found_) {
        json::object one = to_json(each->registration);
        one["verdict"] = to_string(each->verdict());
        const bool judges = desk_.catalog->keeps(*each);
        if (const auto ends = each->ends(); ends && judges) {
            one["ends_in"] = duration_text(std::max(*ends - desk_.now, Moment(0)));
            one["ends_at"] = moment_text(*ends);
        }
        const auto sentences = expiry(*each, desk_.now, judges);
        one["expiry"] = json::array(sentences.begin(), sentences.end());
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace portolan::registry
