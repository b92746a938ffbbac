#include "portolan/answer/table.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <random>

#include "portolan/zone/soa.hpp"

namespace portolan::answer {
namespace {

std::uint64_t random_secret() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

bool is_wildcard_of(dns::NameView name, dns::NameView parent) noexcept {
    return name.is_wildcard() && name.parent() == parent;
}

}  // namespace

std::uint64_t hash_of(dns::NameView name) noexcept {
    static const std::uint64_t secret = random_secret();
    std::array<std::uint8_t, dns::max_name_octets> lower;
    std::ranges::transform(name.octets(), lower.begin(), dns::fold);
    return XXH3_64bits_withSeed(lower.data(), name.size(), secret);
}

const dns::Rrset* Table::Node::find(dns::Type type) const noexcept {
    if (rrsets == nullptr) return nullptr;
    for (const auto& rrset : *rrsets) {
        if (rrset->type() == type) return rrset.get();
    }
    return nullptr;
}

Table::Table(std::shared_ptr<const zone::Zone> zone) : zone_(std::move(zone)) {
    add_names();
    index();
    apex_node_ = find(apex());
    mark_depths();
    compile_soa();
}

/// Canonical order puts a name right behind its ancestors, so the empty non-terminals between
/// one owner and the next are those ancestors that the previous owner does not share.
void Table::add_names() {
    nodes_.reserve(zone_->nodes().size() + zone_->nodes().size() / 4 + 1);
    const unsigned apex_labels = apex().label_count();
    nodes_.push_back({.name = apex(), .labels = static_cast<std::uint8_t>(apex_labels)});
    dns::NameView previous = apex();
    for (const auto& [owner, rrsets] : zone_->nodes()) {
        const dns::NameView name = owner.view();
        const unsigned labels = name.label_count();
        for (unsigned depth = apex_labels + 1; depth < labels; ++depth) {
            const dns::NameView ancestor = name.ancestor(labels - depth);
            if (previous.is_at_or_below(ancestor)) continue;
            nodes_.push_back({.name = ancestor, .labels = static_cast<std::uint8_t>(depth)});
        }
        if (labels > apex_labels) {
            nodes_.push_back({.name = name, .labels = static_cast<std::uint8_t>(labels)});
        }
        nodes_.back().rrsets = &rrsets;
        previous = name;
    }
}

void Table::mark_depths() {
    for (Node& node : nodes_) {
        const bool is_apex = node.labels == apex_node_->labels;
        if (!is_apex) {
            // Parents come first, so what they say already holds for all above them.
            Node& parent = const_cast<Node&>(*find(node.name.parent()));
            node.cut = parent.cut;
            node.dname = parent.dname;
            if (is_wildcard_of(node.name, parent.name)) parent.has_wildcard = true;
        }
        const bool is_cut = !is_apex && node.find(dns::Type::ns) != nullptr;
        if (is_cut && node.cut == no_depth) node.cut = node.labels;
        const bool is_dname = node.find(dns::Type::dname) != nullptr;
        if (is_dname && node.dname == no_depth) node.dname = node.labels;
    }
}

void Table::index() {
    slots_.resize(std::bit_ceil(nodes_.size() * 2));
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const std::uint64_t hash = hash_of(nodes_[i].name);
        std::size_t at = hash & mask;
        while (slots_[at].node != 0) at = (at + 1) & mask;
        slots_[at] = {static_cast<std::uint32_t>(hash >> 32), static_cast<std::uint32_t>(i + 1)};
    }
}

void Table::compile_soa() {
    const dns::Rrset* soa = apex_node_->find(dns::Type::soa);
    if (soa == nullptr) return;
    negative_soa_.assign(soa->body().begin(), soa->body().end());
    const std::uint32_t minimum = zone::read_soa(*soa->begin()).minimum;
    dns::store_u32(negative_soa_.data() + 6, std::min(soa->ttl().seconds, minimum));
}

const Table::Node* Table::find(dns::NameView name) const noexcept {
    const std::uint64_t hash = hash_of(name);
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash & mask; slots_[at].node != 0; at = (at + 1) & mask) {
        if (slots_[at].tag != tag) continue;
        const Node& node = nodes_[slots_[at].node - 1];
        if (node.name == name) return &node;
    }
    return nullptr;
}

const Table::Node& Table::closest_encloser(dns::NameView name) const noexcept {
    const Node* found = apex_node_;
    unsigned missing = 0;                                         // this many stripped: missing
    unsigned existing = name.label_count() - apex_node_->labels;  // this many stripped: the apex
    while (existing - missing > 1) {
        const unsigned middle = missing + (existing - missing) / 2;
        if (const Node* node = find(name.ancestor(middle)); node != nullptr) {
            found = node;
            existing = middle;
        } else {
            missing = middle;
        }
    }
    return *found;
}

}  // namespace portolan::answer
