#include "portolan/app/engine.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "app/in_order.hpp"
#include "app/served.hpp"
#include "app/table_steps.hpp"
#include "app/vocabulary.hpp"
#include "portolan/zone/describe.hpp"
#include "portolan/zone/soa.hpp"

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

std::size_t count_of(const registry::Findings& findings, registry::Severity severity) {
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(),
                      [&](const auto& finding) { return finding.severity == severity; }));
}

const char* plural(std::size_t count) { return count == 1 ? "" : "s"; }

/// The sets of one section of a plan, made on any thread.
class DerivedSection {
public:
    DerivedSection(const registry::Registry& registry, std::size_t section, zone::SetMaker& maker)
        : units_(zone::section_units(registry, section)) {
        const auto keep = [this](dns::NameView owner, std::span<const dns::RrsetPtr> sets) {
            for (const auto& set : sets) content += content_of(owner, *set);
            owners_.push_back({owner, sets_.size(), sets.size()});
            sets_.insert(sets_.end(), sets.begin(), sets.end());
        };
        for (const auto& placed : units_) maker.make(placed.unit, keep);
    }

    void for_each_owner(const zone::VisitOwner& visit) const {
        for (const auto& each : owners_) {
            visit(each.owner, std::span(sets_).subspan(each.first_set, each.set_count));
        }
    }

    std::uint64_t content = 0;  // the sum of its content_of

private:
    struct Owner {
        dns::NameView owner;
        std::size_t first_set;
        std::size_t set_count;
    };
    zone::Units units_;  // hold the owners' names
    std::vector<Owner> owners_;
    std::vector<dns::RrsetPtr> sets_;
};

}  // namespace

Engine::Engine(std::vector<std::string> plans, answer::Moment moment, SerialStore& serials,
               std::size_t workers, UnixTime now)
    : plans_(std::move(plans)), moment_(moment), serials_(serials), keys_(serials.folder()),
      now_(std::move(now)),
      published_(std::make_unique<Snapshot>(Snapshot{{}, moment, nullptr}), workers) {}

Engine::~Engine() = default;

std::vector<registry::Registry> Engine::registries() const {
    std::vector<registry::Registry> all;
    for (const auto& one : served_) all.push_back(one->registry());
    return all;
}

std::vector<Engine::Source> Engine::sources() const {
    std::vector<Source> all;
    for (const auto& one : served_)
        all.push_back({one->registry(), one->extra, one->findings, one->serial.value});
    return all;
}

std::optional<Engine::ZoneView> Engine::zone(dns::NameView apex) const {
    const Served* one = served(apex);
    if (one == nullptr || one->is_awaited) return std::nullopt;
    return ZoneView{one->registry(), *one->table, one->keys};
}

std::vector<dns::TsigKeyPtr> Engine::update_keys() const {
    std::vector<dns::TsigKeyPtr> keys;
    for (const auto& one : served_) {
        for (const auto& clients : one->plan.updates) {
            const auto found = one->keys.find(clients.keys.value);
            if (found == one->keys.end()) continue;
            keys.insert(keys.end(), found->second.begin(), found->second.end());
        }
    }
    return keys;
}

std::vector<Engine::ZoneStatus> Engine::zones() const {
    std::vector<ZoneStatus> all;
    for (const auto& one : served_) {
        if (one->is_awaited) continue;
        all.push_back(
            {zone_text(one->apex()), one->serial.value, one->table->record_count(), one->changed});
    }
    return all;
}

std::vector<std::string> Engine::awaited() const {
    std::vector<std::string> all;
    for (const auto& one : served_) {
        if (one->is_awaited) all.push_back(zone_text(one->apex()));
    }
    return all;
}

std::size_t Engine::zone_count() const noexcept {
    return served_.size() -
           static_cast<std::size_t>(std::ranges::count(served_, true, &Served::is_awaited));
}

std::size_t Engine::record_count() const noexcept {
    std::size_t count = 0;
    for (const auto& one : served_) count += one->table->record_count();
    return count;
}

Engine::Served* Engine::served(dns::NameView apex) const {
    for (const auto& one : served_) {
        if (one->apex() == apex) return one.get();
    }
    return nullptr;
}

bool Engine::load(Cause cause) {
    is_sound_ = read_and_publish(cause);
    if (is_sound_) loaded_ = now_();
    return is_sound_;
}

bool Engine::read_and_publish(Cause cause) {
    try {
        LoadedPlans loaded = load_plans(plans_, memory_);
        findings_ = loaded.all_findings();
        files_ = loaded.files;
        if (loaded.has_errors()) {
            if (cause != Cause::start) report_errors(cause);
            return false;
        }
        reported_.clear();
        return build_and_publish(std::move(loaded), cause);
    } catch (const std::exception& error) {
        // Out of memory, or a zone's keys cannot be had. What is served has not been touched.
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
    std::vector<ServedPtr> next;
    for (auto& plan : loaded.plans) next.push_back(build(std::move(plan)));
    const bool is_change =
        next.size() != served_.size() ||
        std::ranges::any_of(next, [](const auto& one) { return one->old == nullptr || one->step; });
    const std::vector<ServedPtr> before = publish(std::move(next));
    tell_served();
    tell_keys_served();
    std::ranges::copy(keys_.files(), std::back_inserter(files_));
    report_changes(before);
    report_warnings(cause);
    if (agreement_->is_shared()) {
        follow_agreed();
        return true;
    }
    if (cause == Cause::asked && !is_change) spdlog::info("reloaded: nothing changed");
    if (cause == Cause::files_changed && !is_change)
        spdlog::debug("plan files were written: nothing changed");
    return true;
}

/// The next state of one zone, but for its table when that follows from the last one's.
Engine::ServedPtr Engine::build(LoadedPlan loaded) {
    auto next = std::make_unique<Served>();
    next->plan = std::move(*loaded.plan);
    next->extra = std::make_shared<const zone::Records>(std::move(loaded.extra));
    next->keys = std::move(loaded.keys);
    next->findings = std::move(loaded.findings);
    next->words = vocabulary_of(next->plan);
    next->old = served(next->apex());
    if (agreement_->is_shared()) {
        take_over(*next);
    } else if (next->old == nullptr) {
        derive(*next);
    } else {
        compare(*next, *next->old);
    }
    if (next->old != nullptr)
        next->changed = next->serial == next->old->serial ? next->old->changed : now_();
    return next;
}

void Engine::derive(Served& next) {
    next.table = std::make_shared<answer::Table>(next.apex());
    dns::RrsetPtr soa;
    const auto put = [&](dns::NameView owner, std::span<const dns::RrsetPtr> sets) {
        next.table->put(owner, sets);
        for (const auto& set : sets) {
            if (set->type() == dns::Type::soa) soa = set;
        }
    };
    next.table->load(zone::estimate_names(next.plan, *next.extra), [&] {
        const auto take = [&](DerivedSection section) {
            next.content += section.content;
            section.for_each_owner(put);
        };
        const auto make_maker = [&next] {
            return [&next, maker = zone::SetMaker()](std::size_t section) mutable {
                return DerivedSection(next.registry(), section, maker);
            };
        };
        in_order(zone::section_count(next.plan), make_maker, take);
        for (const auto set : *next.extra) {
            next.content += content_of(set.owner, *set.rrset);
            put(set.owner, {&set.rrset, 1});
        }
    });
    set_terms(next, nullptr, *soa);
    auto made = sign_loaded(next);
    next.content += content_of(made.changes);
    if (next.has_own_serial()) {
        next.serial = zone::read_soa(*soa->begin()).serial;
        return choose_serial(next);
    }
    choose_serial(next);
    const auto with_serial = zone::with_serial(*soa, next.serial);
    next.table->apply(
        with_soa(next.apex(), make_step(next, *next.table, with_serial, std::move(made))));
    next.table->take_garbage();  // nobody has read any of it
    if (next.signing != nullptr) next.signing->keep(*next.table);
}

void Engine::compare(Served& next, const Served& old) {
    auto changes = zone::changes(old.registry(), *old.extra, {next.plan, old.live}, *next.extra);
    next.content = old.content;
    next.serial = old.serial;
    next.story = zone::describe(changes, next.apex());
    const dns::RrsetPtr old_soa = soa_of(*old.table);
    dns::RrsetPtr soa = old_soa;
    const auto changed = std::ranges::find(changes, dns::Type::soa, &zone::Change::type);
    if (changed != changes.end()) {
        soa = changed->after;
        changes.erase(changed);
    }
    const bool is_whole = set_terms(next, &old, *soa);
    if (changes.empty() && soa == old_soa && !is_whole) return;
    auto made = sign_step(next, *old.table, std::move(changes), is_whole);
    if (made.changes.empty() && soa == old_soa) return;
    next.content += content_of(made.changes);
    if (soa != old_soa) {
        next.content += content_of(next.apex(), *soa) - content_of(next.apex(), *old_soa);
    }
    if (next.has_own_serial()) next.serial = zone::read_soa(*soa->begin()).serial;
    choose_serial(next);
    next.step = make_step(next, *old.table, zone::with_serial(*soa, next.serial), std::move(made));
    next.step->content_before = old.content;
    next.step->content_after = next.content;
}

void Engine::choose_serial(Served& next) {
    const auto last = serials_.find(next.apex());
    const bool is_same = last && last->content == next.content && !agreement_->is_shared();
    if (!next.has_own_serial()) {
        const auto before = last ? std::optional(last->serial) : std::nullopt;
        next.serial = is_same ? last->serial : serial_after(before, now_());
    } else if (last && !is_same && !(next.serial > last->serial)) {
        spdlog::warn(
            "zone {}: its master file has changed but its serial {} has not risen (it was "
            "{}); secondaries will not notice: raise it",
            zone_text(next.apex()), next.serial.value, last->serial.value);
    }
    serials_.keep(next.apex(), {next.serial, next.content});
}

/// All that may fail has been done. From the first table that shares records with its predecessor
/// to the snapshot that replaces them all there is no way back, so nothing here may throw. Returns
/// what was served before.
std::vector<Engine::ServedPtr> Engine::publish(std::vector<ServedPtr> next) noexcept {
    for (auto& one : next) {
        if (one->old != nullptr) {
            if (one->step) foretell(one->apex(), *one->step);
            one->live = std::move(one->old->live);
            one->held = std::move(one->old->held);
            one->table = one->step ? one->old->table->successor(with_soa(one->apex(), *one->step))
                                   : one->old->table;
        }
    }
    next.swap(served_);
    publish_snapshot();
    for (const auto& one : served_) {
        if (one->step) tell_changed(*one);
    }
    return next;
}

void Engine::publish_snapshot() {
    std::vector<std::shared_ptr<const answer::Table>> tables;
    answer::View::Words words;
    for (const auto& one : served_) {
        if (one->is_awaited) continue;
        tables.push_back(one->table);
        if (one->words != nullptr) words.emplace_back(one->table.get(), one->words);
    }
    moment_.takes_updates =
        std::ranges::any_of(served_, [](const auto& one) { return !one->plan.updates.empty(); });
    published_.publish(std::make_unique<Snapshot>(
        Snapshot{answer::View(std::move(tables), std::move(words)), moment_, conduct_}));
}

void Engine::set_conduct(ConductPtr conduct) {
    conduct_ = std::move(conduct);
    moment_.secrets = &conduct_->secrets;
    moment_.identity = &conduct_->identity;
    publish_snapshot();
}

void Engine::report_changes(const std::vector<ServedPtr>& before) {
    std::set<const Served*> replaced;
    for (auto& one : served_) {
        const Served* old = std::exchange(one->old, nullptr);
        replaced.insert(old);
        if (one->is_awaited || (old != nullptr && !one->step)) continue;
        const std::size_t records = one->table->record_count();
        spdlog::info("zone {} is {} with serial {}, {} record{}", zone_text(one->apex()),
                     old == nullptr ? "served" : "changed", one->serial.value, records,
                     plural(records));
        for (const auto& line : one->story) spdlog::info("{}", line);
        one->step.reset();
        one->story.clear();
    }
    for (const auto& old : before) {
        if (!replaced.contains(old.get())) spdlog::info("zone {} is gone", zone_text(old->apex()));
    }
}

}  // namespace portolan::app
