#include "portolan/transfer/announcing.hpp"

#include <fmt/format.h>

#include "portolan/dns/presentation.hpp"
#include "portolan/dns/wire.hpp"
#include "portolan/registry/services.hpp"

namespace portolan::transfer {
namespace {

using dns::Type;
using registry::Refusal;

constexpr std::size_t port_at = 4, target_at = 6;  // in an SRV's RDATA (RFC 2782)

std::string text_of(dns::OctetView label) {
    return {reinterpret_cast<const char*>(label.data()), label.size()};
}

/// The service whose main owner the name is.
struct Place {
    const registry::Environment* environment = nullptr;
    std::string service;
    registry::Protocol protocol = registry::Protocol::tcp;
};

class EditReader {
public:
    EditReader(const Update& update, const registry::Registry& registry, std::string_view key_name)
        : zone_(update.zone), registry_(registry), key_name_(key_name) {}

    /// Puts the edit's step behind the others, if it has one; why not.
    std::optional<Refusal> read(const Edit& edit, std::vector<UpdateStep>& steps) const {
        if (is_host_of_announced(edit)) return std::nullopt;
        const auto place = place_of(edit.owner.view());
        if (!place) {
            return forbidden(
                fmt::format("{} is not the name of a service: the plan says what is "
                            "there",
                            dns::to_text(edit.owner)));
        }
        if (edit.kind == Edit::Kind::remove_name ||
            (edit.kind == Edit::Kind::remove_set && edit.type == Type::srv)) {
            steps.emplace_back(WithdrawAll{place->environment->name, place->service,
                                           place->protocol, id_of(*place) + " port "});
            return std::nullopt;
        }
        if (edit.type != Type::srv) {
            return forbidden(fmt::format("{} at {} is the plan's to say; an endpoint is an SRV",
                                         dns::to_string(edit.type), dns::to_text(edit.owner)));
        }
        return read_endpoint(edit, *place, steps);
    }

private:
    static Refusal forbidden(std::string reason) {
        return {Refusal::Kind::forbidden, std::move(reason)};
    }

    /// The names under the zone that has `count` labels more, from the left: nullopt for others.
    [[nodiscard]] bool is_below_by(dns::NameView name, unsigned count) const {
        return name.is_at_or_below(zone_.view()) &&
               name.label_count() == zone_.view().label_count() + count;
    }

    [[nodiscard]] const registry::Environment* environment_of(dns::NameView name) const {
        return registry_.plan.environments.find(text_of(name.first_label()));
    }

    [[nodiscard]] std::optional<Place> place_of(dns::NameView owner) const {
        if (!is_below_by(owner, 3)) return std::nullopt;
        const std::string service = text_of(owner.first_label());
        const std::string protocol = text_of(owner.parent().first_label());
        if (!service.starts_with('_') || !protocol.starts_with('_')) return std::nullopt;
        const auto known = registry::parse_protocol(std::string_view(protocol).substr(1));
        const auto* environment = environment_of(owner.ancestor(2));
        if (!known || environment == nullptr) return std::nullopt;
        Place place{environment, service.substr(1), *known};
        if (!registry::locate(registry_.plan, *environment, place.service, *known)) {
            return std::nullopt;
        }
        return place;
    }

    [[nodiscard]] bool is_host_of_announced(const Edit& edit) const {
        const bool is_address = edit.type == Type::a || edit.type == Type::aaaa;
        if (!is_address || edit.kind != Edit::Kind::add || !is_below_by(edit.owner.view(), 2)) {
            return false;
        }
        const auto address = registry::announced_address(text_of(edit.owner.view().first_label()));
        return address && environment_of(edit.owner.view().parent()) != nullptr &&
               std::equal(edit.rdata.begin(), edit.rdata.end(), address->octets.begin(),
                          address->octets.begin() + address->size);
    }

    /// Where the target is: a host of the environment, or one that is named after its address.
    [[nodiscard]] std::optional<registry::Address> address_of(
        dns::NameView target, const registry::Environment& environment) const {
        if (!is_below_by(target, 2) || environment_of(target.parent()) != &environment) {
            return std::nullopt;
        }
        const std::string label = text_of(target.first_label());
        const auto* host = environment.host(label);
        if (host == nullptr) return registry::announced_address(label);
        const auto addresses = registry::addresses_of(registry_, environment, *host);
        return addresses.empty() ? std::nullopt : std::optional(addresses.front());
    }

    [[nodiscard]] std::string id_of(const Place& place) const {
        return fmt::format("{} by {}", place.service + "/" + registry::to_string(place.protocol),
                           key_name_);
    }

    std::optional<Refusal> read_endpoint(const Edit& edit, const Place& place,
                                         std::vector<UpdateStep>& steps) const {
        const dns::Octets& rdata = edit.rdata;
        const dns::LowerName target{dns::NameView(dns::OctetView(rdata).subspan(target_at))};
        const auto address = address_of(target.view(), *place.environment);
        if (!address) {
            return Refusal{
                Refusal::Kind::unknown,
                fmt::format("{} is no host of {}; one that the plan does not have is called after "
                            "its address, as ip-10-0-0-5.{}.{}",
                            dns::to_text(target.view()), place.environment->name,
                            place.environment->name, dns::to_text(zone_))};
        }
        registry::Announcement said;
        said.service = place.service;
        said.environment = place.environment->name;
        said.protocol = place.protocol;
        said.address = *address;
        said.port = dns::load_u16(&rdata[port_at]);
        said.id = fmt::format("{} port {}", id_of(place), said.port);
        said.priority = dns::load_u16(rdata.data());
        said.weight = dns::load_u16(&rdata[2]);
        if (edit.kind == Edit::Kind::add) {
            steps.emplace_back(std::move(said));
        } else {
            steps.emplace_back(registry::RegistrationKey{said.address, said.id});
        }
        return std::nullopt;
    }

    const dns::PackedName& zone_;
    const registry::Registry& registry_;
    std::string_view key_name_;
};

}  // namespace

registry::OrRefusal<std::vector<UpdateStep>> read_edits(const Update& update,
                                                        const registry::Registry& registry,
                                                        std::string_view key_name) {
    const EditReader reader(update, registry, key_name);
    std::vector<UpdateStep> steps;
    for (const Edit& edit : update.edits) {
        if (auto refusal = reader.read(edit, steps)) return *std::move(refusal);
    }
    for (UpdateStep& step : steps) {
        auto* said = std::get_if<registry::Announcement>(&step);
        if (said != nullptr && update.lease) said->lease = *update.lease;
    }
    return steps;
}

}  // namespace portolan::transfer
