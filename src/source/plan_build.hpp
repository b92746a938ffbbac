// From a validated tree to the plan model. Only valid nodes are read, so every reader of a
// single value succeeds; what the table cannot say (a letter of the pattern without a field) is
// found here.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/registry/plan.hpp"
#include "source/plan_report.hpp"
#include "source/plan_scalars.hpp"
#include "source/plan_tree.hpp"

namespace portolan::source::plan {

/// nullopt when there is no zone. `root` must have been validated as plan_shape(). The
/// environments are the root's own unless they have been read by themselves.
std::optional<registry::Plan> build_plan(const Node& root, Report& report,
                                         std::optional<registry::Environments> environments);

/// Reads checks; what one does not say of its times is what `health:` says.
class CheckReader {
public:
    /// `health` may be null.
    CheckReader(const Node* health, Report& report);

    /// The `check:` of that mapping; nullptr in it for `none`, nullopt when nothing is written.
    std::optional<registry::CheckPtr> read(const Node& mapping);

private:
    struct Times {
        std::chrono::milliseconds interval{10'000};
        std::optional<std::chrono::milliseconds> timeout;  // none: 2s, or the interval if less
        unsigned fall = 3;
        unsigned rise = 2;
    };
    static Times times_of(const Node& mapping, Times otherwise);
    void judge_times(const Node& mapping, const Times& times);
    bool judge_way(const Node& mapping);
    bool judge_command(const Node& way);

    Report& report_;
    Times usual_;
};

void build_convention(const Node& node, registry::Plan& plan, CheckReader& checks, Report& report);
void build_registry(const Node& node, registry::Plan& plan, CheckReader& checks, Report& report);
registry::Health health_of(const Node& node);
/// Whether there is a check that decides for whole instances. `health` may be null.
void check_via(const Node* health, const registry::Plan& plan, Report& report);
/// The `health:` of a type, a service or an override.
registry::HealthTerms health_terms_of(const Node& mapping);
registry::Transfer transfer_of(const Node& node, const Report& report);
std::vector<registry::UpdateClients> updates_of(const Node& node, const Report& report);
/// nullopt for `dnssec: no`.
std::optional<registry::Dnssec> dnssec_of(const Node& node, Report& report);
registry::Environment environment_of(const Node& key, const Node& value);
/// Puts the placement of all others in front, as Environment has it.
void default_first(std::vector<registry::Placement>& placements);

/// Applications and services may not be called `default`: as a key of `place` it means the others.
void refuse_default(const Node& key, Report& report);

// --- reading valid nodes -------------------------------------------------------------------------

/// The value of a key when it is there and in order.
const Node* valid_value(const Node& mapping, std::string_view key) noexcept;

/// Calls `use(key, value)` for the entries that are in order; of a list, key is the value itself.
template <class Use>
void for_each_valid(const Node& node, Use use) {
    for (const Node::Entry& entry : node.entries) {
        const Node& key = entry.key != nullptr ? *entry.key : *entry.value;
        if (key.valid && entry.value->valid) use(key, *entry.value);
    }
}

std::string text_of(const Node& mapping, std::string_view key);  // "" when absent
std::optional<std::uint32_t> number_of(const Node& mapping, std::string_view key);
bool flag_of(const Node& mapping, std::string_view key, bool otherwise);
/// Leaves the seconds as they are when absent.
void set_duration(const Node& mapping, std::string_view key, std::uint32_t& seconds);
std::string label_of(const Node& mapping, std::string_view key);  // "" when absent
std::vector<registry::Placed<std::string>> labels_of(const Node& mapping, std::string_view key);
std::uint32_t number(const Node& scalar);
registry::About about_of(const Node& mapping);
std::optional<bool> browse_of(const Node& mapping);
std::optional<registry::WhenEmpty> when_empty_of(const Node& mapping);
registry::Protocol protocol_of(const Node& mapping, registry::Protocol otherwise);
/// One address, or a list of them.
std::vector<registry::Placed<registry::Address>> addresses_of(const Node& node);
std::optional<std::uint16_t> number16_of(const Node& mapping, std::string_view key);

}  // namespace portolan::source::plan
