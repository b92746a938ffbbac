#include "portolan/zone/zone.hpp"

#include <algorithm>

#include "portolan/zone/soa.hpp"

namespace portolan::zone {
namespace {

auto position_of(const Node& node, dns::Type type) {
    return std::ranges::lower_bound(node, type, {}, &dns::Rrset::type);
}

}  // namespace

const Node* Zone::node(dns::NameView owner) const noexcept {
    const auto found = nodes_.find(owner);
    return found == nodes_.end() ? nullptr : &found->second;
}

const dns::Rrset* Zone::find(dns::NameView owner, dns::Type type) const noexcept {
    const Node* at = node(owner);
    if (at == nullptr) return nullptr;
    const auto position = position_of(*at, type);
    return position != at->end() && (*position)->type() == type ? position->get() : nullptr;
}

std::size_t Zone::rrset_count() const noexcept {
    std::size_t count = 0;
    for (const auto& [owner, node] : nodes_) count += node.size();
    return count;
}

std::size_t Zone::record_count() const noexcept {
    std::size_t count = 0;
    for (const auto& [owner, node] : nodes_) {
        for (const auto& rrset : node) count += rrset->count();
    }
    return count;
}

void Zone::put(dns::NameView owner, dns::RrsetPtr rrset) {
    auto found = nodes_.find(owner);
    if (found == nodes_.end()) found = nodes_.emplace(dns::PackedName(owner), Node{}).first;
    Node& node = found->second;
    const auto position = node.begin() + (position_of(node, rrset->type()) - node.cbegin());
    if (position != node.end() && (*position)->type() == rrset->type()) {
        *position = std::move(rrset);
    } else {
        node.insert(position, std::move(rrset));
    }
}

void Zone::remove(dns::NameView owner, dns::Type type) {
    const auto found = nodes_.find(owner);
    if (found == nodes_.end()) return;
    std::erase_if(found->second, [type](const auto& rrset) { return rrset->type() == type; });
    if (found->second.empty()) nodes_.erase(found);
}

std::optional<dns::Serial> Zone::serial() const noexcept {
    const dns::Rrset* soa = find(apex(), dns::Type::soa);
    if (soa == nullptr) return std::nullopt;
    return read_soa(*soa->begin()).serial;
}

void Zone::set_serial(dns::Serial serial) {
    const dns::Rrset* soa = find(apex(), dns::Type::soa);
    if (soa != nullptr) put(apex(), with_serial(*soa, serial));
}

bool equal(const Zone& a, const Zone& b, bool with_serial) {
    if (a.apex() != b.apex() || a.nodes().size() != b.nodes().size()) return false;
    const auto same_set = [with_serial](const dns::RrsetPtr& x, const dns::RrsetPtr& y) {
        return with_serial ? *x == *y : equal_but_serial(*x, *y);
    };
    return std::ranges::equal(a.nodes(), b.nodes(), [&](const auto& x, const auto& y) {
        return x.first.view() == y.first.view() && std::ranges::equal(x.second, y.second, same_set);
    });
}

}  // namespace portolan::zone
