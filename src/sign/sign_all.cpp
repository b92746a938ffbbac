// Signing a whole zone: one walk over its names in canonical order.
#include <map>
#include <optional>

#include "node.hpp"

namespace portolan::sign {

class Signer::Whole {
public:
    explicit Whole(const Signer& signer) : signer_(signer) {}

    Signed run(const Standing& standing, std::span<const zone::Change> changes) {
        collect(standing, changes);
        judge();
        if (signer_.terms_.roles.is_signed()) {
            add_apex_sets();
            if (signer_.ring_.is_hashed()) {
                add_hashed_ring();
            } else {
                add_ring();
            }
        }
        for (auto& [place, node] : hashed_) nodes_.push_back(std::move(node));
        return signer_.finish(std::move(nodes_));
    }

private:
    /// What is told of a name in a ring of hashes.
    struct Told {
        Types types;
        bool is_signed = false;
    };

    /// All names, and what they will hold without what is made here, in canonical order.
    void collect(const Standing& standing, std::span<const zone::Change> changes) {
        std::map<dns::NameView, std::vector<const zone::Change*>, dns::CanonicalOrder> changed;
        for (const auto& change : changes) changed[change.owner].push_back(&change);
        const auto add = [&](dns::NameView owner, Sets before) {
            Node node{owner, std::move(before), {}, false, false};
            for (const auto& set : node.before) {
                if (!is_made_here(set->type())) node.after.push_back(set);
            }
            if (const auto found = changed.find(owner); found != changed.end()) {
                for (const auto* change : found->second) apply(node.after, *change);
                changed.erase(found);
            }
            nodes_.push_back(std::move(node));
        };
        standing.for_each([&](dns::NameView owner, const Sets& sets) { add(owner, sets); });
        while (!changed.empty()) add(changed.begin()->first, {});
        standing.for_each_hashed([this](dns::NameView place, const Sets& sets) {
            hashed_.emplace(place, Node{place, sets, {}, false, false});
        });
        std::ranges::sort(nodes_, [](const Node& a, const Node& b) { return a.owner < b.owner; });
    }

    /// What each name is: in canonical order, all that a zone cut or a DNAME hides follows it.
    void judge() {
        const dns::NameView apex = signer_.terms_.apex;
        std::optional<dns::NameView> hiding;
        for (auto& node : nodes_) {
            const dns::NameView owner = node.owner;
            node.is_occluded = hiding && owner.is_at_or_below(*hiding);
            if (node.is_occluded) continue;
            node.is_cut = is_cut_of(node.after, owner, apex);
            const bool hides = node.is_cut || find_set(node.after, dns::Type::dname) != nullptr;
            if (hides) hiding = owner;
        }
    }

    void add_apex_sets() {
        const dns::PackedName& apex = signer_.terms_.apex;
        for (auto& node : nodes_) {
            if (node.owner != apex) continue;
            for (auto& set : signer_.apex_sets()) put_set(node.after, std::move(set));
        }
    }

    static bool is_in_ring(const Node& node) noexcept {
        return !node.is_occluded && !node.after.empty();
    }

    void add_ring() {
        Node* first = nullptr;
        Node* last = nullptr;
        const auto link = [this](Node& from, const Node& to) {
            put_set(from.after,
                    signer_.ring_.set(to.owner, types_of(from.after, from.is_cut), true));
        };
        for (auto& node : nodes_) {
            if (!is_in_ring(node)) continue;
            if (last == nullptr) {
                first = &node;
            } else {
                link(*last, node);
            }
            last = &node;
        }
        if (last != nullptr) link(*last, *first);
    }

    void add_hashed_ring() {
        std::map<dns::PackedName, Told, dns::CanonicalOrder> ring;
        for (const auto& node : nodes_) {
            if (is_in_ring(node)) tell(ring, node);
        }
        for (auto at = ring.begin(); at != ring.end(); ++at) {
            const auto next = std::next(at) == ring.end() ? ring.begin() : std::next(at);
            Node& node =
                hashed_.try_emplace(at->first, Node{at->first, {}, {}, false, false}).first->second;
            node.after = {signer_.ring_.set(next->first, at->second.types, at->second.is_signed)};
        }
    }

    /// A name, and the empty non-terminals above it.
    template <class Places>
    void tell(Places& ring, const Node& node) {
        const dns::PackedName& apex = signer_.terms_.apex;
        Told told{types_of(node.after, node.is_cut), false};
        told.is_signed = has_signed(told.types, node.is_cut);
        ring[signer_.ring_.place_of(node.owner)] = std::move(told);
        for (dns::NameView above = node.owner; above != apex.view();) {
            above = above.parent();
            if (!ring.try_emplace(signer_.ring_.place_of(above)).second) break;
        }
    }

    const Signer& signer_;
    std::vector<Node> nodes_;
    std::map<dns::PackedName, Node, dns::CanonicalOrder> hashed_;
};

Signed Signer::sign_all(const Standing& standing, std::span<const zone::Change> changes) const {
    return Whole(*this).run(standing, changes);
}

}  // namespace portolan::sign
