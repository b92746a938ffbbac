#include "portolan/registry/verdict_history.hpp"

#include <boost/json/array.hpp>
#include <ranges>

#include "portolan/registry/expiry.hpp"

namespace portolan::registry {
namespace {

constexpr std::size_t longest_why = 300;  // octets; what a check says may be a page of HTML

/// Cuts no character of UTF-8 in two.
void shorten(std::string& text) {
    if (text.size() <= longest_why) return;
    std::size_t end = longest_why;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text.resize(end);
    text += "…";
}

const char* text_of(const std::optional<Verdict>& verdict) noexcept {
    return verdict ? to_string(*verdict) : "";
}

}  // namespace

void VerdictHistory::add(VerdictTurn turn) {
    shorten(turn.why);
    turns_.push_back(std::move(turn));
    if (turns_.size() > most_) turns_.pop_front();
}

boost::json::object VerdictHistory::json(std::string_view zone, std::string_view environment,
                                         std::string_view service) const {
    boost::json::array changes;
    for (const auto& each : std::views::reverse(turns_)) {
        if (each.service != service || each.environment != environment || each.zone != zone)
            continue;
        changes.push_back({{"at", moment_text(each.at)},
                           {"host", each.host},
                           {"port", each.port},
                           {"protocol", to_string(each.protocol)},
                           {"from", text_of(each.from)},
                           {"to", text_of(each.to)},
                           {"why", each.why}});
    }
    return {{"changes", std::move(changes)}};
}

}  // namespace portolan::registry
