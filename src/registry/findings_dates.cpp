// What is needed no more, or not for long, as its `until:` says.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "portolan/registry/about.hpp"
#include "portolan/registry/findings.hpp"
#include "registry/report.hpp"

namespace portolan::registry {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

/// A month to ask its owner, and to let go of it in an orderly way.
constexpr days soon{30};

class Dates {
public:
    Dates(const Plan& plan, Date today) : plan_(plan), today_(today) {}

    void look_at(const char* kind, std::string_view name, const About& about, const Place& place) {
        if (!about.until) return;
        const auto left = sys_days(*about.until) - sys_days(today_);
        const auto until = date_text(*about.until);
        if (left < days(0)) {
            add(Severity::warning, "until-past", place,
                fmt::format("{} {} was needed until {}, which is past; it is served as before",
                            kind, name, until),
                "Free it, or move the date.");
        } else if (left <= soon) {
            add(Severity::note, "until-soon", place,
                fmt::format(
                    "{} {} is needed until {}, {}", kind, name, until,
                    left == days(0)
                        ? "today"
                        : counted(static_cast<std::size_t>(left.count()), "day") + " from now"),
                "Ask its owner whether it will be free, or move the date.");
        }
    }

    Findings in_plan_order() {
        Findings all;
        for (auto& [place, finding] : found_) all.push_back(std::move(finding));
        return all;
    }

private:
    void add(Severity severity, const char* rule, const Place& place, std::string message,
             std::string cure) {
        found_.emplace(place,
                       plan_.finding(severity, rule, place, std::move(message), std::move(cure)));
    }

    const Plan& plan_;
    const Date today_;
    std::multimap<Place, Finding> found_;
};

}  // namespace

Findings check_dates(const Plan& plan, Date today) {
    Dates dates(plan, today);
    if (plan.convention) {
        for (const auto& each : plan.convention->applications)
            dates.look_at("application", each.name, each.about, each.place);
        for (const auto& each : plan.convention->types)
            dates.look_at("type", each.name, each.about, each.place);
    }
    for (const auto& each : plan.ranges) dates.look_at("range", each.name, each.about, each.place);
    for (const auto& each : plan.services)
        dates.look_at("service", each.name, each.about, each.place);
    for (const Environment& environment : plan.environments) {
        dates.look_at("environment", environment.name, environment.about, environment.place);
        for (const auto& host : environment.hosts)
            if (host.about)
                dates.look_at("host", fmt::format("{} of {}", host.name, environment.name),
                              *host.about, host.place);
    }
    return dates.in_plan_order();
}

}  // namespace portolan::registry
