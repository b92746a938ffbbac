// Signing a change: the names that it touches, and their neighbours in the ring.
#include <map>
#include <set>

#include "node.hpp"

namespace portolan::sign {

class Signer::Step {
public:
    Step(const Signer& signer, const Standing& standing)
        : signer_(signer), ring_(signer.ring_), standing_(standing) {}

    Signed run(std::span<const zone::Change> changes) {
        for (const auto& change : changes) apply(node(change.owner).after, change);
        std::vector<dns::PackedName> touched;
        for (auto& [owner, each] : nodes_) {
            each.is_occluded = standing_.is_occluded(owner);
            if (!each.is_occluded) touched.push_back(owner);
        }
        find_new_and_gone(touched);
        link(touched);
        std::vector<Node> all;
        for (auto* nodes : {&nodes_, &hashed_}) {
            for (auto& [owner, each] : *nodes) all.push_back(std::move(each));
        }
        return signer_.finish(std::move(all));
    }

private:
    using Nodes = std::map<dns::PackedName, Node, dns::CanonicalOrder>;
    using Names = std::set<dns::PackedName, dns::CanonicalOrder>;

    /// The owner with what it holds, and will hold but for changes yet to be applied.
    Node& node(const dns::PackedName& owner) {
        const auto found = nodes_.find(owner);
        if (found != nodes_.end()) return found->second;
        Node made{owner, standing_.at(owner), {}, false, false};
        made.after = made.before;
        made.is_cut = is_cut_of(made.after, owner, signer_.terms_.apex);
        return nodes_.emplace(owner, std::move(made)).first->second;
    }
    Node& hashed_node(const dns::PackedName& place) {
        const auto found = hashed_.find(place);
        if (found != hashed_.end()) return found->second;
        const Sets sets = standing_.at_hashed(place);
        return hashed_.emplace(place, Node{place, sets, sets, false, false}).first->second;
    }
    Node& ring_node(const dns::PackedName& place) {
        return ring_.is_hashed() ? hashed_node(place) : node(place);
    }

    /// Sets that do not merely follow from others.
    static bool has_own(const Sets& sets) noexcept {
        return std::ranges::any_of(sets, [](const auto& set) {
            return set->type() != dns::Type::rrsig && set->type() != dns::Type::nsec;
        });
    }

    // --- which names come and go ---

    void find_new_and_gone(const std::vector<dns::PackedName>& touched) {
        const auto each = [&](bool had, bool has, auto act) {
            for (const auto& owner : touched) {
                const Node& one = nodes_.at(owner);
                if (has_own(one.before) == had && has_own(one.after) == has) act(owner);
            }
        };
        each(false, true, [this](const auto& owner) { come(owner); });
        each(true, false, [this](const auto& owner) { go(owner); });
    }

    /// The name gets sets of its own.
    void come(const dns::PackedName& name) {
        if (!ring_.is_hashed()) {
            new_.insert(name);
        } else if (!exists(name)) {
            begin_to_exist(name);
        }
    }
    void go(const dns::PackedName& name) {
        if (!ring_.is_hashed()) {
            gone_.insert(name);
        } else if (children(name) == 0) {
            cease_to_exist(name);
        }
    }

    bool exists(const dns::PackedName& name) const {
        return begun_.contains(name) || !standing_.at(name).empty() || standing_.children(name) > 0;
    }
    std::ptrdiff_t children(const dns::PackedName& name) const {
        const auto found = more_children_.find(name);
        return static_cast<std::ptrdiff_t>(standing_.children(name)) +
               (found == more_children_.end() ? 0 : found->second);
    }
    /// Empty non-terminals above it begin with it …
    void begin_to_exist(const dns::PackedName& name) {
        begun_.insert(name);
        new_.insert(ring_.place_of(name));
        const dns::PackedName above(name.view().parent());
        ++more_children_[above];
        if (!exists(above)) begin_to_exist(above);
    }
    /// … and cease with the last name below them.
    void cease_to_exist(const dns::PackedName& name) {
        gone_.insert(ring_.place_of(name));
        const dns::PackedName above(name.view().parent());
        --more_children_[above];
        const auto found = nodes_.find(above);
        const bool holds_sets =
            has_own(found == nodes_.end() ? standing_.at(above) : found->second.after);
        if (above != signer_.terms_.apex && !holds_sets && children(above) == 0) {
            cease_to_exist(above);
        }
    }

    // --- the ring ---

    void link(const std::vector<dns::PackedName>& touched) {
        Names places = new_;
        for (const auto* names : {&new_, &gone_}) {
            for (const auto& name : *names) places.insert(standing_before(name));
        }
        for (const auto& place : places) {
            const dns::RrsetPtr stands = set_at(place);
            put_set(ring_node(place).after, stands != nullptr
                                                ? ring_.with_next(*stands, place_after(place))
                                                : ring_.set(place_after(place), {}, false));
        }
        for (const auto& owner : touched) tell_types(owner);
        for (const auto& place : gone_) drop_set(ring_node(place).after, ring_.type());
    }

    /// What the ring says of the types that a touched name has.
    void tell_types(const dns::PackedName& owner) {
        const Node& one = nodes_.at(owner);
        const dns::PackedName place(ring_.place_of(owner));
        const bool is_in_ring =
            ring_.is_hashed() ? !gone_.contains(place) && exists(owner) : has_own(one.after);
        if (!is_in_ring) return;
        const Types types = types_of(one.after, one.is_cut);
        Node& at = ring_node(place);
        const auto* linked = find_set(at.after, ring_.type());
        put_set(at.after, ring_.set(ring_.next_in(**linked), types, has_signed(types, one.is_cut)));
    }

    /// The ring's set at a place, as it stands; nullptr when none does.
    dns::RrsetPtr set_at(const dns::PackedName& place) const {
        const Sets sets = ring_.is_hashed() ? standing_.at_hashed(place) : standing_.at(place);
        const auto* set = find_set(sets, ring_.type());
        return set == nullptr ? nullptr : *set;
    }

    /// The place before that stands and stays.
    dns::PackedName standing_before(const dns::PackedName& place) const {
        dns::PackedName before(standing_.place_before(place));
        while (gone_.contains(before)) before = dns::PackedName(standing_.place_before(before));
        return before;
    }

    /// The place that will follow: the next that stands and stays, or a new one before it.
    dns::PackedName place_after(const dns::PackedName& place) const {
        dns::RrsetPtr from = set_at(place);
        if (from == nullptr) from = set_at(dns::PackedName(standing_.place_before(place)));
        dns::PackedName next(ring_.next_in(*from));
        while (gone_.contains(next)) next = dns::PackedName(ring_.next_in(*set_at(next)));
        if (new_.empty()) return next;
        auto fresh = new_.upper_bound(place);
        const bool wraps = fresh == new_.end();
        if (wraps) fresh = new_.begin();
        if (*fresh == place) return next;
        return is_between(place, *fresh, next) ? *fresh : next;
    }
    /// Whether one comes before `end`, going round from `start`. A ring of one place ends where it
    /// starts.
    static bool is_between(const dns::PackedName& start, const dns::PackedName& one,
                           const dns::PackedName& end) noexcept {
        if (start < end) return start < one && one < end;
        return start < one || one < end;
    }

    const Signer& signer_;
    const Ring& ring_;
    const Standing& standing_;
    Nodes nodes_;
    Nodes hashed_;
    Names new_;    // places
    Names gone_;   // places
    Names begun_;  // names
    std::map<dns::PackedName, std::ptrdiff_t, dns::CanonicalOrder> more_children_;
};

Signed Signer::sign_changes(const Standing& standing, std::span<const zone::Change> changes) const {
    return Step(*this, standing).run(changes);
}

}  // namespace portolan::sign
