#include "api/page.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "api/page_files.hpp"
#include "portolan/api/api.hpp"

namespace portolan::api {
namespace {

const char* type_of(std::string_view name) {
    struct Type {
        std::string_view suffix;
        const char* type;
    };
    static constexpr std::array types{Type{".html", "text/html; charset=utf-8"},
                                      Type{".css", "text/css; charset=utf-8"},
                                      Type{".js", "text/javascript; charset=utf-8"},
                                      Type{".svg", "image/svg+xml"}, Type{".png", "image/png"}};
    const auto found = std::ranges::find_if(
        types, [name](const Type& each) { return name.ends_with(each.suffix); });
    return found == types.end() ? "application/octet-stream" : found->type;
}

/// "\"3f2a…\"": of the first half of the content's SHA-256.
std::string tag_of(std::string_view content) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    EVP_Digest(content.data(), content.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    std::string tag = "\"";
    for (std::size_t i = 0; i < 16; ++i) tag += fmt::format("{:02x}", digest[i]);
    return tag + "\"";
}

/// If-None-Match, RFC 9110 13.1.2: a list of tags, weak ones among them, or "*".
bool is_known(std::string_view tags, std::string_view tag) {
    return tags == "*" || tags.find(tag) != std::string_view::npos;
}

struct Served {
    PageFile file;
    std::string tag;
};

void serve(const Served& served, const Request& request, const Respond& respond) {
    Response response;
    response.type = type_of(served.file.name);
    response.headers = {
        {"ETag", served.tag},
        {"Cache-Control", "no-cache"},  // to be kept, and asked for again by its tag
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
         "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"}};
    if (is_known(request.if_none_match, served.tag)) {
        response.status = 304;
    } else {
        response.body = served.file.content;
    }
    respond(std::move(response));
}

}  // namespace

bool is_of_page(const Request& request) {
    return request.path.empty() || (request.path.size() == 2 && request.path.front() == "page");
}

void add_page(Routes& routes) {
    for (const auto& file : page_files()) {
        const auto act = [served = Served{file, tag_of(file.content)}](
                             const Request& request, const Parameters&, const Respond& respond) {
            serve(served, request, respond);
        };
        routes.add("GET", file.name == "index.html" ? "/" : fmt::format("/page/{}", file.name),
                   act);
    }
}

}  // namespace portolan::api
