#include "api/planned.hpp"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <utility>

#include "portolan/registry/services.hpp"

namespace portolan::api {
namespace {

using registry::Announcement;
using registry::Refusal;

/// "jb1.prod:10104/udp", taken apart. The port and the protocol may be left out.
struct Place {
    std::string_view host;
    std::string_view environment;
    std::optional<registry::Port> port;
    std::optional<registry::Protocol> protocol;
};

std::optional<Place> read_place(std::string_view text) {
    Place place;
    if (const auto slash = text.find('/'); slash != std::string_view::npos) {
        place.protocol = registry::parse_protocol(text.substr(slash + 1));
        if (!place.protocol) return std::nullopt;
        text = text.substr(0, slash);
    }
    if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        registry::Port port = 0;
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data() + colon + 1, end, port);
        if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
        place.port = port;
        text = text.substr(0, colon);
    }
    const auto dot = text.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return std::nullopt;
    place.host = text.substr(0, dot);
    place.environment = text.substr(dot + 1);
    return place;
}

bool is_at(const registry::Endpoint& endpoint, const registry::Service& service,
           const Place& place) {
    return endpoint.host != nullptr && endpoint.host->name == place.host &&
           (!place.port || endpoint.port == *place.port) &&
           (!place.protocol || service.protocol == *place.protocol);
}

Announcement announcement_of(const registry::Endpoint& endpoint, const registry::Service& service) {
    Announcement said;
    said.id = fmt::format("{}.{}:{}/{}", endpoint.host->name, service.environment->name,
                          endpoint.port, to_string(service.protocol));
    said.service = service.label();
    said.environment = service.environment->name;
    said.protocol = service.protocol;
    said.address = endpoint.host->addresses.front().value;
    said.port = static_cast<registry::Port>(endpoint.port);
    return said;
}

/// The endpoints that are still to be set aside.
class SettingAside : public std::enable_shared_from_this<SettingAside> {
public:
    SettingAside(Registrar& registrar, std::vector<Announcement> endpoints,
                 std::optional<registry::Aside> word, Caller caller, Registrar::Done done)
        : registrar_(registrar), endpoints_(std::move(endpoints)), word_(std::move(word)),
          caller_(std::move(caller)), done_(std::move(done)) {}

    void next() {
        if (at_ == endpoints_.size()) return done_(std::nullopt);
        const Announcement& one = endpoints_[at_++];
        const auto* there = registrar_.catalog().at(one.address, one.port, *one.protocol);
        if (word_) {
            if (there != nullptr) return say(there->registration.key());
            registrar_.announce(one, caller_,
                                going_on([self = shared_from_this(),
                                          key = registry::RegistrationKey{one.address, one.id}] {
                                    self->say(key);
                                }));
        } else if (there == nullptr) {
            next();
        } else if (there->said().id == one.id) {
            registrar_.withdraw(there->registration.key(), caller_, going_on());
        } else {
            say(there->registration.key());
        }
    }

private:
    void say(const registry::RegistrationKey& key) {
        registrar_.set_aside(key, word_, caller_, going_on());
    }

    Registrar::Done going_on(std::function<void()> with = {}) {
        return [self = shared_from_this(), with = std::move(with)](const auto& refusal) {
            if (refusal) return self->done_(refusal);
            with ? with() : self->next();
        };
    }

    Registrar& registrar_;
    const std::vector<Announcement> endpoints_;
    const std::optional<registry::Aside> word_;
    const Caller caller_;
    const Registrar::Done done_;
    std::size_t at_ = 0;
};

}  // namespace

registry::OrRefusal<std::vector<Announcement>> planned_at(
    const std::vector<registry::Registry>& registries, std::string_view text) {
    const auto place = read_place(text);
    if (!place) {
        return Refusal{Refusal::Kind::unknown,
                       fmt::format("nothing is registered as {}, and it is no endpoint of the plan "
                                   "like jb1.prod:10104",
                                   text)};
    }
    std::vector<Announcement> meant;
    for (const auto& registry : registries) {
        for (const auto& environment : registry.plan.environments) {
            if (!environment.is_called(place->environment)) continue;
            // As the plan has them: what was announced there, and set aside before, is as it was.
            for (const auto& service : registry::services_of(registry.plan, environment)) {
                for (const auto& each : service.endpoints) {
                    if (is_at(each, service, *place))
                        meant.push_back(announcement_of(each, service));
                }
            }
        }
    }
    if (meant.empty()) {
        return Refusal{
            Refusal::Kind::unknown,
            fmt::format("nothing is registered as {}, and the plan has no endpoint there", text)};
    }
    return meant;
}

void set_planned_aside(Registrar& registrar, std::vector<Announcement> endpoints,
                       std::optional<registry::Aside> word, const Caller& caller,
                       Registrar::Done done) {
    std::make_shared<SettingAside>(registrar, std::move(endpoints), std::move(word), caller,
                                   std::move(done))
        ->next();
}

}  // namespace portolan::api
