// What the engine keeps of each zone.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/zone_signing.hpp"
#include "app/zone_text.hpp"
#include "portolan/app/engine.hpp"

namespace portolan::app {

/// One zone as it is served, or about to be, with what it was derived from.
struct Engine::Served {
    registry::Plan plan;
    registry::Live live;  // what was said since the plan was written; a reload keeps it
    std::shared_ptr<const zone::Records> extra;  // of its master file; never nullptr
    KeyFiles keys;
    registry::Findings findings;
    std::vector<std::uint32_t> extra_by_name;  // positions; made when first asked
    std::shared_ptr<answer::Table>
        table;  // absent until the changes to its predecessor's are applied
    std::shared_ptr<const answer::Vocabulary> words;  // of the plan
    std::shared_ptr<ZoneSigning> signing;  // when it is signed here; its successor takes it over
    sign::Signer::Terms terms;             // … and under these
    std::optional<sign::Time> keys_again;  // when its keys may take their next step
    dns::Ttl longest;                      // of all that it holds
    std::uint64_t content = 0;             // see content_of
    dns::Serial serial;
    std::uint32_t changed =
        0;  // when it became this one, in seconds since 1970; 0: before the start

    Served* old = nullptr;               // while being built: what it replaces …
    std::optional<transfer::Step> step;  // … how it differs …
    std::vector<std::string> story;      // … and what the log says of that

    // Where steps are agreed upon with other nodes:
    bool is_awaited = false;             // nobody has said yet what the zone is; nothing is served
    bool is_compared = true;             // plan and Live may differ from it by `held` alone
    std::vector<registry::Change> held;  // until the step that is on its way is in place

    [[nodiscard]] dns::NameView apex() const noexcept { return plan.zone.value; }
    [[nodiscard]] registry::Registry registry() const noexcept { return {plan, live}; }
    /// Whether the master file has that set, in which it has the last word.
    [[nodiscard]] bool is_from_master_file(dns::NameView owner, dns::Type type);
    /// A master file's serial is its author's, unless signing makes another zone of it.
    [[nodiscard]] bool has_own_serial() const noexcept {
        return plan.is_master_file_only() && signing == nullptr;
    }
};

/// The environment by its name, where the change has an alias. The plan has it.
registry::Change with_own_name(registry::Change change, const registry::Plan& plan);

}  // namespace portolan::app
