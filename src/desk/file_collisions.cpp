#include "desk/file_collisions.hpp"

#include <algorithm>
#include <tuple>

namespace portolan::desk {
namespace {

enum class Meet : std::uint8_t { nowhere, in_file, on_host, in_cluster };

Meet meeting_place(UseKind kind) {
    switch (kind) {
        case UseKind::published:
            return Meet::on_host;
        case UseKind::node:
            return Meet::in_cluster;
        case UseKind::connector:
        case UseKind::listening:
            return Meet::in_file;
        default:
            return Meet::nowhere;
    }
}

/// Sorted so that what can meet is together, by its first port.
auto order(const Stated& one) {
    const auto meet = meeting_place(one.use->kind);
    return std::tuple(meet, meet == Meet::in_file ? one.file : nullptr, one.use->protocol,
                      one.use->ports.first);
}

bool is_every(const std::string& host) {
    return host.empty() || host == "0.0.0.0" || host == "::" || host == "*";
}

std::string interface_of(const std::string& host) {
    return host == "localhost" ? "127.0.0.1" : host;
}

bool share_interface(const PortUse& a, const PortUse& b) {
    return is_every(a.host) || is_every(b.host) || interface_of(a.host) == interface_of(b.host);
}

std::string_view folder_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == path.npos ? "" : path.substr(0, slash);
}

/// Files of one folder amend each other: compose.yaml, compose.override.yaml.
bool is_amended(const Stated& a, const Stated& b) {
    return a.file != b.file && a.use->subject == b.use->subject &&
           folder_of(a.file->path) == folder_of(b.file->path);
}

bool stands_before(const Stated& a, const Stated& b) {
    return std::tuple(a.file, a.use->place) < std::tuple(b.file, b.use->place);
}

}  // namespace

std::vector<Collision> collisions(const std::vector<Stated>& all) {
    std::vector<Stated> taking;
    for (const Stated& each : all)
        if (each.use->undecided == Undecided::no && meeting_place(each.use->kind) != Meet::nowhere)
            taking.push_back(each);
    std::ranges::sort(taking, [](const Stated& a, const Stated& b) {
        return order(a) != order(b) ? order(a) < order(b) : stands_before(a, b);
    });
    std::vector<Collision> found;
    std::vector<bool> is_told(taking.size());
    for (std::size_t i = 0; i < taking.size(); ++i) {
        const auto group = order(taking[i]);
        for (std::size_t j = i + 1; j < taking.size(); ++j) {
            const auto next = order(taking[j]);
            if (std::tie(std::get<0>(group), std::get<1>(group), std::get<2>(group)) !=
                    std::tie(std::get<0>(next), std::get<1>(next), std::get<2>(next)) ||
                std::get<3>(next) > taking[i].use->ports.last)
                break;
            if (is_told[j] || !share_interface(*taking[i].use, *taking[j].use) ||
                is_amended(taking[i], taking[j]))
                continue;
            is_told[j] = true;
            const bool in_order = stands_before(taking[i], taking[j]);
            found.push_back(in_order ? Collision{taking[i], taking[j]}
                                     : Collision{taking[j], taking[i]});
        }
    }
    return found;
}

}  // namespace portolan::desk
