// What the engine does between loads.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "app/served.hpp"
#include "app/table_steps.hpp"
#include "portolan/zone/describe.hpp"
#include "portolan/zone/soa.hpp"
#include "portolan/zone/touched.hpp"

namespace portolan::app {
namespace {

/// Changes as they are taken, and taken back unless all that follows from them went well.
class Taking {
public:
    Taking(registry::Live& live, std::size_t most) : live_(live) { undo_.reserve(most); }
    ~Taking() {
        for (; !undo_.empty(); undo_.pop_back()) live_.take(std::move(undo_.back()));
    }
    Taking(const Taking&) = delete;
    Taking& operator=(const Taking&) = delete;

    void take(registry::Change change) { undo_.push_back(live_.take(std::move(change))); }
    void keep() noexcept { undo_.clear(); }

private:
    registry::Live& live_;
    std::vector<registry::Change> undo_;
};

/// What zone cuts and DNAMEs say of all names below must be seen at once.
bool wants_successor(dns::NameView apex, const std::vector<zone::Change>& changes) {
    return std::ranges::any_of(changes, [apex](const zone::Change& each) {
        return each.type == dns::Type::dname ||
               (each.type == dns::Type::ns && each.owner.view() != apex);
    });
}

bool comes_before(const zone::Records::Set& set, dns::NameView owner, dns::Type type) {
    const auto order = set.owner <=> owner;
    return order < 0 || (order == 0 && set.rrset->type() < type);
}

}  // namespace

registry::Change with_own_name(registry::Change change, const registry::Plan& plan) {
    std::visit([&plan](auto& said) { said.environment = plan.environment(said.environment)->name; },
               change);
    return change;
}

bool Engine::Served::is_from_master_file(dns::NameView owner, dns::Type type) {
    const zone::Records& sets = *extra;
    if (extra_by_name.size() != sets.size()) {
        extra_by_name.resize(sets.size());
        std::iota(extra_by_name.begin(), extra_by_name.end(), 0);
        std::ranges::sort(extra_by_name, [&sets](auto a, auto b) {
            return comes_before(sets[a], sets[b].owner, sets[b].rrset->type());
        });
    }
    const auto found = std::partition_point(
        extra_by_name.begin(), extra_by_name.end(),
        [&](auto position) { return comes_before(sets[position], owner, type); });
    return found != extra_by_name.end() && sets[*found].owner == owner &&
           sets[*found].rrset->type() == type;
}

std::vector<Engine::Refused> Engine::apply(dns::NameView zone,
                                           std::span<const registry::Change> changes) {
    std::vector<Refused> refused;
    Served* one = served(zone);
    if (one == nullptr) {
        for (std::size_t i = 0; i < changes.size(); ++i) {
            refused.push_back({i, fmt::format("no zone {} is served", zone_text(zone))});
        }
        return refused;
    }
    if (!is_ours(*one)) return hold(*one, changes);
    Taking taking(one->live, changes.size());
    const zone::Touched touched(one->registry(), changes);
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (auto reason = registry::refusal(one->registry(), changes[i])) {
            refused.push_back({i, *std::move(reason)});
        } else {
            taking.take(with_own_name(changes[i], one->plan));
        }
    }
    const auto served = [one](dns::NameView owner, dns::Type type) -> const dns::Rrset* {
        const auto* record = one->table->find(dns::LowerName(owner).octets());
        return record == nullptr ? nullptr : record->find(type);
    };
    auto differences = touched.changes(one->registry(), served);
    std::erase_if(differences, [one](const zone::Change& change) {
        return one->is_from_master_file(change.owner, change.type);
    });
    if (!differences.empty()) step(*one, sign_step(*one, *one->table, differences, false));
    taking.keep();
    if (watcher_) {
        for (std::size_t i = 0; i < changes.size(); ++i) {
            if (std::ranges::count(refused, i, &Refused::position) == 0) watcher_(zone, changes[i]);
        }
    }
    if (!differences.empty() && spdlog::should_log(spdlog::level::debug)) {
        spdlog::debug("zone {} is changed with serial {}", zone_text(zone), one->serial.value);
        for (const auto& line : zone::describe(differences, zone)) spdlog::debug("{}", line);
    }
    return refused;
}

/// Proposes what was made of changes as the next step.
void Engine::step(Served& one, sign::Signed made) {
    const std::uint64_t content = one.content + content_of(made.changes);
    const auto serial = serial_after(one.serial, now_());
    const auto soa = zone::with_serial(*soa_of(*one.table), serial);
    auto next = make_step(one, *one.table, soa, std::move(made));
    next.content_before = one.content;
    next.content_after = content;
    agreement_->propose(one.apex(), std::move(next));
}

/// The step from the zone as it `stands` to what was made of changes of it, but for what their
/// contents are.
transfer::Step Engine::make_step(const Served& one, const answer::Table& stands,
                                 const dns::RrsetPtr& soa, sign::Signed made) const {
    transfer::Step step;
    step.soa_before = soa_of(stands);
    step.soa_after = soa;
    if (one.signing != nullptr) {
        one.signing->seal(one.terms, made, stands, soa, now_());
        std::erase_if(made.changes, [](const auto& each) { return each.type == dns::Type::soa; });
    }
    step.changes = std::move(made.changes);
    return step;
}

/// All or nothing, as `publish` is. Who has seen the new serial finds all that it stands for, since
/// the apex comes last.
void Engine::put_in_place(Served& one, transfer::Step step) noexcept {
    const dns::Serial serial = step.after();
    serials_.advance(one.apex(), {serial, step.content_after});
    foretell(one.apex(), step);
    one.content = step.content_after;
    one.serial = serial;
    one.changed = now_();
    const auto changes = with_soa(one.apex(), std::move(step));
    if (wants_successor(one.apex(), changes)) {
        one.table = one.table->successor(changes);
        publish_snapshot();
    } else {
        one.table->apply(changes);
        published_.retire(one.table->take_garbage());
    }
    tell_changed(one);
}

}  // namespace portolan::app
