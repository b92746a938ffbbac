#include "api/routes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

namespace portolan::api {
namespace {

std::optional<Parameters> matching(const std::vector<std::string>& pattern,
                                   const std::vector<std::string>& path) {
    if (pattern.size() != path.size()) return std::nullopt;
    Parameters parameters;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (pattern[i].starts_with(':')) {
            parameters.push_back(path[i]);
        } else if (pattern[i] != path[i]) {
            return std::nullopt;
        }
    }
    return parameters;
}

}  // namespace

void Routes::add(std::string_view method, std::string_view pattern, Action action) {
    Request parsed;
    read_target(pattern, parsed);
    routes_.push_back({std::string(method), std::move(parsed.path), std::move(action)});
}

void Routes::handle(const Request& request, Respond respond) const {
    std::string allowed;
    for (const auto& route : routes_) {
        const auto parameters = matching(route.pattern, request.path);
        if (!parameters) continue;
        if (route.method == request.method) return route.action(request, *parameters, respond);
        allowed += (allowed.empty() ? "" : ", ") + route.method;
    }
    if (allowed.empty()) {
        return respond(text_response(404, "Invalid URL path: not a recognized HTTP API endpoint"));
    }
    Response response =
        text_response(405, fmt::format("method {} not allowed; {} is", request.method, allowed));
    response.headers.emplace_back("Allow", allowed);
    respond(std::move(response));
}

std::vector<std::string> Routes::listing() const {
    std::vector<std::string> lines;
    for (const auto& route : routes_)
        lines.push_back(fmt::format("{} /{}", route.method, fmt::join(route.pattern, "/")));
    return lines;
}

}  // namespace portolan::api
