#include "portolan/app/engine.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>

#include "portolan/app/changes.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/zone/diff.hpp"

namespace portolan::app {
namespace {

/// A finding on one line, as the log wants it.
std::string line_of(const registry::Finding& finding) {
    std::string text = finding.file;
    if (finding.line > 0) text += fmt::format(":{}:{}", finding.line, finding.column);
    text += fmt::format("{}{}: {} [{}]", text.empty() ? "" : ": ",
                        registry::to_string(finding.severity), finding.message, finding.rule);
    if (!finding.cure.empty()) text += fmt::format("; cure: {}", finding.cure);
    return text;
}

std::string zone_text(dns::NameView apex) {
    std::string text = dns::to_text(apex);
    if (text.size() > 1) text.pop_back();
    return text;
}

std::size_t count_of(const registry::Findings& findings, registry::Severity severity) {
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(),
                      [&](const auto& finding) { return finding.severity == severity; }));
}

const char* plural(std::size_t count) { return count == 1 ? "" : "s"; }

}  // namespace

/// One zone as it is served, with what it was derived from.
struct Engine::Served {
    registry::Plan plan;
    zone::ExtraRrsets extra;
    std::shared_ptr<const zone::Zone> zone;
    std::shared_ptr<const answer::Table> table;
};

Engine::Engine(std::vector<std::string> plans, answer::Moment moment, SerialStore& serials,
               std::size_t workers, UnixTime now)
    : plans_(std::move(plans)), moment_(moment), serials_(serials), now_(std::move(now)),
      published_(std::make_unique<Snapshot>(Snapshot{{}, moment}), workers) {}

Engine::~Engine() = default;

std::size_t Engine::record_count() const noexcept {
    std::size_t count = 0;
    for (const auto& one : served_) count += one->zone->record_count();
    return count;
}

const Engine::Served* Engine::served(dns::NameView apex) const {
    for (const auto& one : served_) {
        if (one->zone->apex() == apex) return one.get();
    }
    return nullptr;
}

bool Engine::load(Cause cause) {
    try {
        LoadedPlans loaded = load_plans(plans_);
        findings_ = loaded.all_findings();
        files_ = loaded.files;
        if (loaded.has_errors()) {
            if (cause != Cause::start) report_errors(cause);
            return false;
        }
        reported_.clear();
        return build_and_publish(std::move(loaded), cause);
    } catch (const std::exception& error) {
        // Out of memory, most likely. What is served has not been touched.
        findings_ = {{registry::Severity::error, "load-failed", "", 0, 0, error.what(), ""}};
        if (cause != Cause::start) report_errors(cause);
        return false;
    }
}

void Engine::report_errors(Cause cause) {
    std::set<std::string> lines;
    std::size_t fresh = 0;
    for (const auto& finding : findings_) {
        if (finding.severity != registry::Severity::error) continue;
        const std::string line = line_of(finding);
        if (!lines.insert(line).second || reported_.contains(line)) continue;
        spdlog::error("{}", line);
        ++fresh;
    }
    if (fresh > 0 || cause == Cause::asked) {
        spdlog::error(
            "nothing was reloaded: the plans have {} error{}{}; the zones stay as they were",
            lines.size(), plural(lines.size()), fresh == 0 ? ", the same as before" : "");
    }
    reported_ = std::move(lines);
}

void Engine::report_warnings(Cause cause) {
    const std::size_t warnings = count_of(findings_, registry::Severity::warning);
    if (warnings == 0) return;
    const auto level = cause == Cause::files_changed ? spdlog::level::debug : spdlog::level::warn;
    spdlog::log(level, "the plans have {} warning{}; to read {}: portolan check {}", warnings,
                plural(warnings), warnings == 1 ? "it" : "them", fmt::join(plans_, " "));
}

bool Engine::build_and_publish(LoadedPlans loaded, Cause cause) {
    std::vector<std::string> lines;
    std::vector<ServedPtr> next;
    for (auto& plan : loaded.plans) next.push_back(build(std::move(plan), lines));
    for (const auto& old : served_) {
        const auto is_old = [&](const ServedPtr& one) {
            return one->zone->apex() == old->zone->apex();
        };
        if (std::any_of(next.begin(), next.end(), is_old)) continue;
        lines.push_back(fmt::format("zone {} is gone", zone_text(old->zone->apex())));
    }
    std::vector<std::shared_ptr<const answer::Table>> tables;
    for (const auto& one : next) tables.push_back(one->table);
    published_.publish(
        std::make_unique<Snapshot>(Snapshot{answer::View(std::move(tables)), moment_}));
    served_ = std::move(next);

    for (const auto& line : lines) spdlog::info("{}", line);
    report_warnings(cause);
    if (cause == Cause::asked && lines.empty()) spdlog::info("reloaded: nothing changed");
    if (cause == Cause::files_changed && lines.empty())
        spdlog::debug("plan files were written: nothing changed");
    return true;
}

Engine::ServedPtr Engine::build(LoadedPlan loaded, std::vector<std::string>& lines) {
    auto next = std::make_unique<Served>();
    next->plan = std::move(*loaded.plan);
    next->extra = std::move(loaded.extra);
    const bool has_own_serial = next->plan.is_master_file_only();
    const Served* old = served(next->plan.zone.value);
    const bool in_steps = old != nullptr && !has_own_serial && !old->plan.is_master_file_only();

    auto zone = std::make_shared<zone::Zone>(
        in_steps ? *old->zone : zone::derive(next->plan, next->extra, dns::Serial{0}));
    if (in_steps) zone::rederive(*zone, old->plan, old->extra, next->plan, next->extra);
    const auto changes =
        old != nullptr ? zone::diff(*old->zone, *zone) : std::vector<zone::Change>();
    const dns::Serial serial = choose_serial(*zone, has_own_serial);
    if (old != nullptr && changes.empty() && old->zone->serial() == serial) {
        next->zone = old->zone;
        next->table = old->table;
        return next;
    }
    if (!has_own_serial) zone->set_serial(serial);
    next->zone = zone;
    next->table = std::make_shared<const answer::Table>(next->zone);
    lines.push_back(fmt::format("zone {} is {} with serial {}, {} records", zone_text(zone->apex()),
                                old == nullptr ? "served" : "changed", serial.value,
                                zone->record_count()));
    for (auto& line : describe(changes, zone->apex())) lines.push_back(std::move(line));
    return next;
}

dns::Serial Engine::choose_serial(const zone::Zone& zone, bool has_own_serial) {
    const std::uint64_t content = content_of(zone);
    const auto last = serials_.find(zone.apex());
    const bool is_same = last && last->content == content;
    dns::Serial serial;
    if (has_own_serial) {
        serial = zone.serial().value_or(dns::Serial{});
        if (last && !is_same && !(serial > last->serial)) {
            spdlog::warn(
                "zone {}: its master file has changed but its serial {} has not risen (it was "
                "{}); secondaries will not notice: raise it",
                zone_text(zone.apex()), serial.value, last->serial.value);
        }
    } else {
        const auto before = last ? std::optional(last->serial) : std::nullopt;
        serial = is_same ? last->serial : serial_after(before, now_());
    }
    serials_.keep(zone.apex(), {serial, content});
    return serial;
}

}  // namespace portolan::app
