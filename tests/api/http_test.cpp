#include "portolan/api/http.hpp"

#include <catch2/catch.hpp>

#include "api/routes.hpp"

using namespace portolan::api;

namespace {

std::string shown(const char* target) {
    Request request;
    if (!read_target(target, request)) return "none";
    std::string text;
    for (const auto& each : request.path) text += "/" + each;
    for (const auto& [key, value] : request.query) text += " " + key + "=" + value;
    return text;
}

}  // namespace

TEST_CASE("a target is taken apart and decoded", "[http]") {
    const auto [target, expected] = GENERATE(table<const char*, const char*>({
        {"/", ""},
        {"/v1/agent/self", "/v1/agent/self"},
        {"/v1/agent/self/", "/v1/agent/self"},
        {"/v1/x/service%3Aweb%2F1", "/v1/x/service:web/1"},
        {"/v1?passing&tag=a%20b&tag=c+d&=x", "/v1 passing= tag=a b tag=c d =x"},
        {"/v1?", "/v1"},
        {"/v1?a&&b", "/v1 a= b="},
        {"", "none"},
        {"v1", "none"},
        {"http://x/v1", "none"},
        {"/v1/%4", "none"},
        {"/v1/%zz", "none"},
        {"/v1?a=%", "none"},
    }));
    INFO(target);
    CHECK(shown(target) == expected);
}

TEST_CASE("a flag is a key that does not say no", "[http]") {
    const auto [target, expected] = GENERATE(table<const char*, bool>({
        {"/?passing", true},
        {"/?passing=true", true},
        {"/?passing=1", true},
        {"/?passing=false", false},
        {"/?passing=0", false},
        {"/?other", false},
    }));
    Request request;
    REQUIRE(read_target(target, request));
    CHECK(request.flag("passing") == expected);
}

TEST_CASE("a request goes to the route of its method and path", "[http]") {
    Routes routes;
    const auto answer = [](const char* word) {
        return [word](const Request&, const Parameters& of, const Respond& respond) {
            respond(text_response(200, word + (of.empty() ? "" : ":" + of[0])));
        };
    };
    routes.add("GET", "/v1/a", answer("a"));
    routes.add("PUT", "/v1/a/:id", answer("put"));
    routes.add("DELETE", "/v1/a/:id", answer("delete"));
    const auto [method, target, expected] = GENERATE(table<const char*, const char*, const char*>({
        {"GET", "/v1/a", "200 a"},
        {"PUT", "/v1/a/x%2Fy", "200 put:x/y"},
        {"DELETE", "/v1/a/x", "200 delete:x"},
        {"GET", "/v1/a/x", "405 method GET not allowed; PUT, DELETE is"},
        {"GET", "/v1/b", "404 Invalid URL path: not a recognized HTTP API endpoint"},
        {"GET", "/v1", "404 Invalid URL path: not a recognized HTTP API endpoint"},
    }));
    Request request;
    request.method = method;
    REQUIRE(read_target(target, request));
    std::string got;
    routes.handle(request, [&](const Response& response) {
        got = std::to_string(response.status) + " " + response.body;
    });
    CHECK(got == expected);
}
