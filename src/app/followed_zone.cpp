#include "app/followed_zone.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <thread>
#include <utility>

#include "portolan/dns/lower_name.hpp"

namespace portolan::app {
namespace {

/// What a journal may hold. Beyond, the oldest steps go, and who asks from there gets the zone
/// whole.
constexpr std::size_t journal_octets = 16 * 1024 * 1024;

constexpr int most_attempts = 100;
constexpr std::chrono::milliseconds between_attempts{10};

dns::Serial serial_of(const dns::RrsetPtr& soa) { return zone::read_soa(*soa->begin()).serial; }

}  // namespace

FollowedZone::FollowedZone(dns::NameView apex, const std::string& state)
    : apex_(apex), file_(state, apex), journal_(journal_octets) {}

void FollowedZone::begin(dns::RrsetPtr soa, std::uint64_t content) {
    const std::lock_guard lock(mutex_);
    for (auto& step : file_.read()) journal_.add(std::move(step));
    soa_ = std::move(soa);
    if (journal_.empty()) return;
    const auto& last = *journal_.last();
    if (last.after() == serial_of(soa_) && last.content_after == content) return;
    // What was said while serving is forgotten with the process, so that a zone may go back to what
    // it was, under a new serial.
    const auto steps = journal_.since_content(content);
    if (!steps || !(serial_of(soa_) > last.after())) {
        journal_.clear();
    } else if (steps->empty()) {
        journal_.add(std::make_shared<const transfer::Step>(
            transfer::Step{last.soa_after, soa_, content, content, {}}));
    } else {
        journal_.add(std::make_shared<const transfer::Step>(transfer::inverse(*steps, soa_)));
    }
    file_.write_all_of(journal_);
}

void FollowedZone::will_change(transfer::Step step) {
    auto shared = std::make_shared<const transfer::Step>(std::move(step));
    {
        const std::lock_guard lock(mutex_);
        soa_ = shared->soa_after;
        ++begun_;
        journal_.add(std::move(shared));
    }
    file_.add_last(journal_);  // nobody else writes the journal, and workers do not wait for disks
}

void FollowedZone::has_changed() {
    const std::lock_guard lock(mutex_);
    done_ = begun_;
}

void FollowedZone::set_policy(transfer::Policy policy) {
    auto shared = std::make_shared<const transfer::Policy>(std::move(policy));
    const std::lock_guard lock(mutex_);
    policy_ = std::move(shared);
}

std::shared_ptr<const transfer::Policy> FollowedZone::policy() const {
    const std::lock_guard lock(mutex_);
    return policy_;
}

dns::RrsetPtr FollowedZone::soa() const {
    const std::lock_guard lock(mutex_);
    return soa_;
}

FollowedZone::Difference FollowedZone::since(dns::Serial serial) const {
    const std::lock_guard lock(mutex_);
    return {soa_, journal_.since(serial)};
}

transfer::ContentPtr FollowedZone::content(Published<Snapshot>::Reader& reader) {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        {
            const std::lock_guard lock(mutex_);
            const auto made = content_.lock();
            if (made != nullptr && made->soa == soa_) return made;
        }
        if (auto made = read_content(reader)) return made;
        std::this_thread::sleep_for(between_attempts);
    }
    return nullptr;
}

/// See transfer/content.hpp. nullptr when it must be tried again: a step that came meanwhile was
/// too large for the journal.
transfer::ContentPtr FollowedZone::read_content(Published<Snapshot>::Reader& reader) {
    std::uint64_t in_place = 0;
    {
        const std::lock_guard lock(mutex_);
        in_place = done_;
    }
    zone::Records sets;
    bool is_served = false;
    for (const auto& table : reader.read().view.tables()) {
        if (table->apex().view() != apex_.view()) continue;
        sets = transfer::read_sets(*table);
        is_served = true;
    }
    reader.rest();
    if (!is_served) return nullptr;
    std::optional<transfer::Steps> steps;
    auto content = std::make_shared<transfer::Content>();
    content->apex = apex_;
    {
        const std::lock_guard lock(mutex_);
        steps = journal_.latest(begun_ - in_place);
        content->soa = soa_;
    }
    if (!steps) return nullptr;
    content->sets = transfer::with_steps(std::move(sets), *steps);
    const std::lock_guard lock(mutex_);
    if (content->soa == soa_) content_ = content;
    return content;
}

}  // namespace portolan::app
