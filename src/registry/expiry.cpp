#include "portolan/registry/expiry.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace portolan::registry {
namespace {

std::string in_and_at(Moment when, Moment now) {
    // In whole seconds: whoever reads it is slower than that.
    const auto left = std::chrono::ceil<std::chrono::seconds>(std::max(when - now, Moment(0)));
    return fmt::format("in {}, at {}", duration_text(left), moment_text(when));
}

const HeartbeatCheck* heartbeat(const RegisteredCheck& check) noexcept {
    return std::get_if<HeartbeatCheck>(&check.check.how);
}

void add(std::vector<std::string>& sentences, const RegisteredCheck& check, const CheckState& state,
         Moment now, bool judges) {
    const bool is_critical = state.verdict == Verdict::critical;
    const bool ends = check.gone_after.count() != 0;
    if (const auto* beat = heartbeat(check); beat != nullptr && !is_critical && judges)
        sentences.push_back(fmt::format("Its check {} is critical {}, unless it reports again.",
                                        check.id, in_and_at(state.heard + beat->ttl, now)));
    if (ends && is_critical)
        sentences.push_back(fmt::format(
            "It is withdrawn {}, unless its check {} passes: critical since {}, and gone after {}.",
            in_and_at(state.since + check.gone_after, now), check.id, moment_text(state.since),
            duration_text(check.gone_after)));
    if (ends && !is_critical)
        sentences.push_back(fmt::format("It is withdrawn when its check {} was critical for {}.",
                                        check.id, duration_text(check.gone_after)));
}

}  // namespace

std::string moment_text(Moment moment) {
    return fmt::format("{:%FT%TZ}", fmt::gmtime(static_cast<std::time_t>(
                                        std::chrono::floor<std::chrono::seconds>(moment).count())));
}

std::vector<std::string> expiry(const Registered& one, Moment now, bool judges) {
    std::vector<std::string> sentences;
    const auto lease = one.said().lease;
    if (lease.count() != 0 && judges)
        sentences.push_back(fmt::format("Its lease of {} ends {}, unless it is renewed.",
                                        duration_text(lease), in_and_at(one.renewed + lease, now)));
    if (lease.count() != 0 && !judges)
        sentences.push_back(
            fmt::format("Its lease of {} ends when {} says so, unless it is renewed.",
                        duration_text(lease), one.keeper));
    for (std::size_t i = 0; i < one.checks.size(); ++i)
        add(sentences, one.said().checks[i], one.checks[i], now, judges);
    const bool ends =
        lease.count() != 0 || std::ranges::any_of(one.said().checks, [](const auto& each) {
            return each.gone_after.count() != 0;
        });
    if (one.aside && one.aside->verdict == Verdict::draining)
        sentences.push_back(
            fmt::format("It drains, and is in maintenance {}.", in_and_at(one.aside->until, now)));
    if (!ends)
        sentences.emplace_back(
            "It stays until it is withdrawn: it has no lease, and no check "
            "that withdraws it.");
    return sentences;
}

}  // namespace portolan::registry
