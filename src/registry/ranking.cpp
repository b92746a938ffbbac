// A set is ranked in two steps. Failover orders all its endpoints, dead or alive, so that those who
// stay keep their places when one comes or goes. Then each is treated by what is known of it:
//
//     passing, unknown   as ordered (what unknown counts as is the plan's to say)
//     warning            with less weight
//     draining           in a tier of its own, below all others
//     critical           out of the set, or below even those that drain
//     maintenance        out of the set
//
// Only the leader of a set follows health: who leads next is the first that can.
#include "registry/ranking.hpp"

#include <algorithm>

#include "portolan/dns/presentation.hpp"

namespace portolan::registry {
namespace {

constexpr std::uint16_t first_priority = 10;  // and the step between tiers of an ordered set
constexpr std::uint16_t default_weight = 100;

std::uint16_t as_priority(std::size_t number) noexcept {
    return static_cast<std::uint16_t>(std::min<std::size_t>(number, 65535));
}

/// HAProxy computes weight / 256 + 1, so w arrives as w when 256 w - 1 is published. Weight 0
/// stays 0 (on purpose only); what passes 256 is 65535, HAProxy's 256.
std::uint16_t scaled(WeightScale scale, std::uint16_t weight) noexcept {
    if (scale == WeightScale::plain || weight == 0) return weight;
    return static_cast<std::uint16_t>(std::min<unsigned>(weight, 256) * 256 - 1);
}

bool is_alive(Verdict treated) noexcept {
    return treated == Verdict::passing || treated == Verdict::warning ||
           treated == Verdict::draining;
}

class Ranking {
public:
    Ranking(const Registry& registry, Service& service, std::size_t planned)
        : registry_(registry), service_(service), endpoints_(service.endpoints), planned_(planned),
          policy_(service.health), failover_(service.environment->failover) {
        const auto* override = service.environment->override_of(service.subject());
        if (override == nullptr) return;
        failover_ = override->failover.value_or(failover_);
        leader_ = override->leader.value_or(0);
    }

    void run() {
        static const Live::Known nothing;
        const auto* known = verdicts();
        if (known == nullptr && is_any_judged()) known = &nothing;
        if (known != nullptr) set_verdicts(*known);
        order();
        if (!treated_.empty()) treat();
        for (auto& each : endpoints_)
            each.weight = scaled(registry_.plan.weight_scale, each.weight);
    }

private:
    // --- what is known ---------------------------------------------------------------------------

    [[nodiscard]] const Live::Known* verdicts() const {
        const auto& environment = service_.environment->name;
        if (!registry_.live.speaks_of(environment)) return nullptr;
        return registry_.live.verdicts(environment, service_.label(), service_.protocol);
    }

    [[nodiscard]] bool is_any_judged() const {
        return std::ranges::any_of(endpoints_, [](const auto& each) {
            return each.check != nullptr || each.verdict != Verdict::passing;
        });
    }

    void set_verdicts(const Live::Known& known) {
        for (auto& each : endpoints_) {
            each.verdict = verdict_in(known.verdicts, each);
            treated_.push_back(counted(each.verdict));
        }
        if (std::ranges::none_of(treated_, is_alive)) all_down(known.last_good);
    }

    [[nodiscard]] static Verdict verdict_in(const Verdicts& verdicts, const Endpoint& endpoint) {
        if (endpoint.is_group) return Verdict::passing;
        if (is_a_persons_word(endpoint.verdict)) return endpoint.verdict;
        const auto found = std::ranges::find_if(verdicts, [&](const EndpointVerdict& each) {
            return each.port == endpoint.port && is_on(endpoint, each.host);
        });
        if (found != verdicts.end()) return found->verdict;
        return endpoint.check != nullptr ? Verdict::unknown : endpoint.verdict;
    }
    [[nodiscard]] static bool is_on(const Endpoint& endpoint, std::string_view label) {
        return endpoint.host != nullptr ? endpoint.host->name == label
                                        : host_label(endpoint) == label;
    }

    [[nodiscard]] Verdict counted(Verdict verdict) const noexcept {
        return verdict == Verdict::unknown ? policy_.unknown : verdict;
    }

    /// Maintenance is a person's word, and holds.
    void all_down(const Verdicts& last_good) {
        if (policy_.all_down == WhenAllDown::last_good) {
            for (std::size_t i = 0; i < treated_.size(); ++i) {
                if (treated_[i] == Verdict::maintenance) continue;
                treated_[i] = counted(verdict_in(last_good, endpoints_[i]));
            }
            if (std::ranges::any_of(treated_, is_alive)) return;
        }
        const Verdict instead =
            policy_.all_down == WhenAllDown::none ? Verdict::maintenance : Verdict::passing;
        std::ranges::replace(treated_, Verdict::critical, instead);
    }

    // --- how failover orders them ----------------------------------------------------------------

    void order() {
        const std::size_t leader = failover_ == Failover::leader ? leading() : 0;
        for (std::size_t i = 0; i < endpoints_.size(); ++i) {
            if (!endpoints_[i].has_own_priority) endpoints_[i].priority = priority(i, leader);
        }
    }

    [[nodiscard]] std::uint16_t priority(std::size_t position, std::size_t leader) const noexcept {
        switch (failover_) {
            case Failover::balanced:
                return first_priority;
            case Failover::ordered:  // those that were announced share a tier
                return as_priority((std::min(position, planned_) + 1) * first_priority);
            case Failover::leader:
                return position == leader ? first_priority : 2 * first_priority;
        }
        return first_priority;
    }

    /// The position of whom the plan lets lead; when that one cannot, of the first that can.
    [[nodiscard]] std::size_t leading() const {
        std::size_t chosen = 0;
        if (leader_ != 0) {
            while (chosen < endpoints_.size() && number(chosen) != leader_) ++chosen;
        }
        if (treated_.empty() || chosen >= treated_.size() || may_lead(treated_[chosen])) {
            return chosen;
        }
        const auto next = std::ranges::find_if(treated_, may_lead);
        return next == treated_.end() ? chosen : static_cast<std::size_t>(next - treated_.begin());
    }
    [[nodiscard]] static bool may_lead(Verdict treated) noexcept {
        return treated == Verdict::passing || treated == Verdict::warning;
    }
    /// Its instance, or its position counted from 1.
    [[nodiscard]] unsigned number(std::size_t position) const noexcept {
        const unsigned instance = endpoints_[position].instance;
        return instance != 0 ? instance : static_cast<unsigned>(position + 1);
    }

    // --- what becomes of each --------------------------------------------------------------------

    void treat() {
        std::size_t lowest = 0;  // tier of the set as ordered
        for (const auto& each : endpoints_) lowest = std::max<std::size_t>(lowest, each.priority);
        std::vector<Endpoint> stay;
        stay.reserve(endpoints_.size());
        for (std::size_t i = 0; i < endpoints_.size(); ++i) {
            auto& each = endpoints_[i];
            if (is_withheld(treated_[i])) {
                service_.withheld.push_back(each);
                continue;
            }
            if (treated_[i] == Verdict::warning) each.weight = lessened(each.weight);
            if (treated_[i] == Verdict::draining)
                each.priority = as_priority(lowest + first_priority);
            if (treated_[i] == Verdict::critical) {
                each.priority = as_priority(lowest + first_priority + each.priority);
            }
            stay.push_back(each);
        }
        endpoints_ = std::move(stay);
    }

    [[nodiscard]] bool is_withheld(Verdict treated) const noexcept {
        return treated == Verdict::maintenance ||
               (treated == Verdict::critical && policy_.critical == WhenCritical::leave);
    }

    [[nodiscard]] std::uint16_t lessened(std::uint16_t weight) const noexcept {
        if (weight == 0) return 0;
        return static_cast<std::uint16_t>(std::max(1U, weight * unsigned{policy_.warning} / 100));
    }

    const Registry& registry_;
    Service& service_;
    std::vector<Endpoint>& endpoints_;
    std::size_t planned_;
    const HealthPolicy& policy_;
    Failover failover_;
    unsigned leader_ = 0;           // instance, or position in the list; 0: the first
    std::vector<Verdict> treated_;  // as what each counts; empty when nothing is known of any
};

}  // namespace

void take_given(Endpoint& endpoint, std::optional<std::uint16_t> priority,
                std::optional<std::uint16_t> weight) noexcept {
    endpoint.has_own_priority = priority.has_value();
    endpoint.priority = priority.value_or(first_priority);
    endpoint.weight = weight.value_or(default_weight);
}

void rank(const Registry& registry, Service& service, std::size_t planned) {
    Ranking(registry, service, planned).run();
}

}  // namespace portolan::registry
