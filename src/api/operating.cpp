#include "api/operating.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "portolan/api/api.hpp"

namespace portolan::api {

bool is_of_operations(const Request& request) {
    constexpr std::array paths{"metrics", "live", "ready"};
    return request.path.size() == 1 && std::ranges::count(paths, request.path.front()) > 0;
}

void add_operations(Routes& routes, const Operations& operations) {
    routes.add(
        "GET", "/metrics", [&operations](const Request&, const Parameters&, Respond respond) {
            respond({200, operations.metrics(), "text/plain; version=0.0.4; charset=utf-8", {}});
        });
    // It answers, so it lives: whoever restarts servers that do not should ask this.
    routes.add("GET", "/live", [](const Request&, const Parameters&, Respond respond) {
        respond(text_response(200, "alive\n"));
    });
    // Whoever spreads queries over servers should ask this.
    routes.add("GET", "/ready", [&operations](const Request&, const Parameters&, Respond respond) {
        const auto obstacles = operations.obstacles();
        if (obstacles.empty()) return respond(text_response(200, "ready\n"));
        respond(text_response(503, fmt::format("{}\n", fmt::join(obstacles, "\n"))));
    });
}

}  // namespace portolan::api
