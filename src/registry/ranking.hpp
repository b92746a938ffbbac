// How the members of one SRV set stand behind each other, and who is in it.
#pragma once

#include "portolan/registry/services.hpp"

namespace portolan::registry {

/// Whether a person has said so: it stands above whatever checks find.
constexpr bool is_a_persons_word(Verdict verdict) noexcept {
    return verdict == Verdict::draining || verdict == Verdict::maintenance;
}

/// What was written of the endpoint's place in its set, until it is ranked.
void take_given(Endpoint& endpoint, std::optional<std::uint16_t> priority,
                std::optional<std::uint16_t> weight) noexcept;

/// Gives each endpoint of the service its priority and weight, and withholds those that health
/// keeps out. The first `planned` are the plan's; the others were announced.
void rank(const Registry& registry, Service& service, std::size_t planned);

}  // namespace portolan::registry
