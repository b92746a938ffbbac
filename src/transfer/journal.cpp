#include "portolan/transfer/journal.hpp"

#include <map>
#include <utility>

namespace portolan::transfer {
namespace {

constexpr std::size_t change_overhead = 64;  // owner, pointers, counts

bool same_set(const dns::RrsetPtr& a, const dns::RrsetPtr& b) noexcept {
    return a == b || (a != nullptr && b != nullptr && *a == *b);
}

std::size_t octets_of(const dns::RrsetPtr& set) noexcept {
    return set == nullptr ? 0 : set->body().size();
}

}  // namespace

std::size_t Step::octets() const noexcept {
    std::size_t sum = octets_of(soa_before) + octets_of(soa_after);
    for (const auto& change : changes) {
        sum += change_overhead + change.owner.view().size() + octets_of(change.before) +
               octets_of(change.after);
    }
    return sum;
}

std::vector<zone::Change> condensed(std::span<const StepPtr> steps) {
    if (steps.size() == 1) return steps.front()->changes;
    using Key = std::pair<dns::PackedName, dns::Type>;
    std::map<Key, std::pair<dns::RrsetPtr, dns::RrsetPtr>> ends;
    for (const auto& step : steps) {
        for (const auto& change : step->changes) {
            const auto [at, is_new] = ends.try_emplace({change.owner, change.type});
            if (is_new) at->second.first = change.before;
            at->second.second = change.after;
        }
    }
    std::vector<zone::Change> changes;
    for (auto& [key, sets] : ends) {
        if (same_set(sets.first, sets.second)) continue;
        changes.push_back({key.first, key.second, std::move(sets.first), std::move(sets.second)});
    }
    return changes;
}

Step inverse(std::span<const StepPtr> steps, dns::RrsetPtr soa_after) {
    Step step{steps.back()->soa_after, std::move(soa_after), steps.back()->content_after,
              steps.front()->content_before, condensed(steps)};
    for (auto& change : step.changes) std::swap(change.before, change.after);
    return step;
}

void Journal::add(StepPtr step) {
    const bool follows = steps_.empty() || last()->after() == step->before();
    if (!follows) clear();
    if (!(step->after() > step->before())) return clear();
    octets_ += step->octets();
    steps_.push_back(std::move(step));
    while (octets_ > most_octets_) {
        octets_ -= steps_.front()->octets();
        steps_.pop_front();
    }
}

void Journal::clear() noexcept {
    steps_.clear();
    octets_ = 0;
}

std::optional<Steps> Journal::since(dns::Serial serial) const {
    for (auto step = steps_.begin(); step != steps_.end(); ++step) {
        if ((*step)->before() == serial) return Steps(step, steps_.end());
    }
    return std::nullopt;
}

std::optional<Steps> Journal::latest(std::size_t count) const {
    if (count > steps_.size()) return std::nullopt;
    return Steps(steps_.end() - static_cast<std::ptrdiff_t>(count), steps_.end());
}

std::optional<Steps> Journal::since_content(std::uint64_t content) const {
    if (!steps_.empty() && last()->content_after == content) return Steps();
    for (auto step = steps_.end(); step != steps_.begin();) {
        --step;
        if ((*step)->content_before == content) return Steps(step, steps_.end());
    }
    return std::nullopt;
}

}  // namespace portolan::transfer
