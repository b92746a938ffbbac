#include "portolan/zone/diff.hpp"

#include "portolan/zone/soa.hpp"

namespace portolan::zone {
namespace {

/// Merges the two nodes of one owner, both sorted by type.
void diff_node(std::vector<Change>& changes, dns::NameView owner, const Node& before,
               const Node& after) {
    auto x = before.begin();
    auto y = after.begin();
    while (x != before.end() || y != after.end()) {
        if (y == after.end() || (x != before.end() && (*x)->type() < (*y)->type())) {
            changes.push_back({owner, (*x)->type(), *x, nullptr});
            ++x;
        } else if (x == before.end() || (*y)->type() < (*x)->type()) {
            changes.push_back({owner, (*y)->type(), nullptr, *y});
            ++y;
        } else {
            const bool same = *x == *y || equal_but_serial(**x, **y);
            if (!same) changes.push_back({owner, (*x)->type(), *x, *y});
            ++x;
            ++y;
        }
    }
}

}  // namespace

std::vector<Change> diff(const Zone& before, const Zone& after) {
    static const Node nothing;
    std::vector<Change> changes;
    auto x = before.nodes().begin();
    auto y = after.nodes().begin();
    const auto x_end = before.nodes().end();
    const auto y_end = after.nodes().end();
    while (x != x_end || y != y_end) {
        if (y == y_end || (x != x_end && x->first.view() < y->first.view())) {
            diff_node(changes, x->first, x->second, nothing);
            ++x;
        } else if (x == x_end || y->first.view() < x->first.view()) {
            diff_node(changes, y->first, nothing, y->second);
            ++y;
        } else {
            diff_node(changes, x->first, x->second, y->second);
            ++x;
            ++y;
        }
    }
    return changes;
}

}  // namespace portolan::zone
