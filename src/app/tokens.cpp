#include "portolan/app/tokens.hpp"

#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>

#include "app/state_files.hpp"
#include "portolan/registry/registration_json.hpp"
#include "portolan/sign/digest.hpp"
#include "portolan/source/master_file.hpp"

namespace portolan::app {
namespace {

namespace json = boost::json;
using registry::Refusal;

constexpr unsigned owner_only = 0600;
constexpr std::size_t id_digits = 8;

std::string hexadecimal(dns::OctetView octets) {
    std::string text;
    for (const auto octet : octets) text += fmt::format("{:02x}", octet);
    return text;
}

std::string digest_of(std::string_view secret) {
    const auto digest =
        sign::sha256({reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size()});
    return hexadecimal(digest);
}

std::string text_of(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::vector<std::string> list_of(const json::object& object, std::string_view key) {
    std::vector<std::string> texts;
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_array()) return texts;
    for (const auto& each : value->get_array())
        if (each.is_string()) texts.emplace_back(each.get_string());
    return texts;
}

std::optional<Token> read_token(std::string_view line) {
    const auto value = registry::parse_json(line);
    if (!value || !value->is_object()) return std::nullopt;
    const auto& object = value->get_object();
    Token token{text_of(object, "id"),           text_of(object, "sha256"),
                text_of(object, "certificate"),  list_of(object, "services"),
                list_of(object, "environments"), 0,
                text_of(object, "note"),         false};
    if (const auto* allocate = object.if_contains("allocate")) {
        if (!allocate->is_bool()) return std::nullopt;
        token.allocates = allocate->get_bool();
    }
    const auto* expires = object.if_contains("expires");
    if (expires != nullptr && expires->is_int64()) token.expires = expires->get_int64();
    // A token whose limits cannot be read must not be one without limits.
    for (const auto& [key, read] : {std::pair("services", token.services.size()),
                                    std::pair("environments", token.environments.size())}) {
        const auto* list = object.if_contains(key);
        if (list != nullptr && (!list->is_array() || list->get_array().size() != read))
            return std::nullopt;
    }
    if (expires != nullptr && !expires->is_int64()) return std::nullopt;
    // One of the two says whose it is.
    const bool has_secret = token.sha256.size() == 64 && token.sha256.starts_with(token.id);
    if (token.id.empty() || has_secret == !token.certificate.empty()) return std::nullopt;
    if (!has_secret && !token.sha256.empty()) return std::nullopt;
    return token;
}

std::string line_of(const Token& token) {
    json::object out{{"id", token.id}};
    if (token.certificate.empty())
        out["sha256"] = token.sha256;
    else
        out["certificate"] = token.certificate;
    if (!token.services.empty())
        out["services"] = json::array(token.services.begin(), token.services.end());
    if (!token.environments.empty())
        out["environments"] = json::array(token.environments.begin(), token.environments.end());
    if (token.expires != 0) out["expires"] = token.expires;
    if (token.allocates) out["allocate"] = true;
    if (!token.note.empty()) out["note"] = token.note;
    return json::serialize(out) + "\n";
}

}  // namespace

OrReason<std::vector<Token>> Tokens::all() {
    struct stat status {};
    if (stat(path_.c_str(), &status) != 0) {
        if (errno != ENOENT)
            return Reason{fmt::format("cannot read {}: {}", path_, system_reason())};
        known_.clear();
        changed_ = size_ = -1;
        return known_;
    }
    const std::int64_t changed =
        std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    if (changed == changed_ && status.st_size == size_) return known_;
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return Reason{fmt::format("{} can be written by other users: chmod 600 it", path_)};
    const auto text = source::read_whole_file(path_);
    if (!text) return Reason{fmt::format("cannot read {}: {}", path_, system_reason())};
    std::vector<Token> read;
    std::size_t number = 0;
    for (std::string_view rest = *text; !rest.empty();) {
        const auto end = rest.find('\n');
        const auto line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        ++number;
        if (line.empty()) continue;
        auto token = read_token(line);
        if (!token)
            return Reason{fmt::format("{}:{}: this is no token; remove the line", path_, number)};
        read.push_back(*std::move(token));
    }
    known_ = std::move(read);
    changed_ = changed;
    size_ = status.st_size;
    return known_;
}

registry::OrRefusal<registry::Entitlement> Tokens::entitlement(std::string_view secret,
                                                               std::int64_t now) {
    const auto tokens = all();
    if (!tokens) return Refusal{Refusal::Kind::failed, tokens.error().text};
    const std::string digest = digest_of(secret);
    const auto found = std::ranges::find(*tokens, digest, &Token::sha256);
    if (found == tokens->end())
        return Refusal{Refusal::Kind::forbidden, "Permission denied: nobody has that token"};
    return entitlement_of(*found, now);
}

std::optional<registry::OrRefusal<registry::Entitlement>> Tokens::entitlement_by(
    const std::vector<std::string>& certified, std::int64_t now) {
    if (certified.empty()) return std::nullopt;
    const auto tokens = all();
    if (!tokens) return Refusal{Refusal::Kind::failed, tokens.error().text};
    for (const auto& name : certified) {
        const auto found = std::ranges::find(*tokens, name, &Token::certificate);
        if (found != tokens->end()) return entitlement_of(*found, now);
    }
    return std::nullopt;
}

registry::OrRefusal<registry::Entitlement> Tokens::entitlement_of(const Token& token,
                                                                  std::int64_t now) {
    if (token.is_over(now))
        return Refusal{Refusal::Kind::forbidden,
                       fmt::format("Permission denied: token {} has expired", token.id)};
    return registry::Entitlement{token.id, token.services, token.environments, token.allocates,
                                 token.note};
}

OrReason<std::string> Tokens::add(Token token) {
    auto tokens = all();
    if (!tokens) return tokens.error();
    if (!token.certificate.empty()) {
        const auto there = std::ranges::find(*tokens, token.certificate, &Token::certificate);
        if (there != tokens->end())
            return Reason{fmt::format("{} has token {} already: portolan token revoke {}",
                                      token.certificate, there->id, there->id)};
        token.id = digest_of("certificate " + token.certificate).substr(0, id_digits);
        tokens->push_back(std::move(token));
        if (auto reason = write(*tokens)) return *std::move(reason);
        return OrReason<std::string>(boost::system::in_place_value, std::string());
    }
    std::array<std::uint8_t, 32> drawn{};
    if (getrandom(drawn.data(), drawn.size(), 0) != static_cast<ssize_t>(drawn.size()))
        return Reason{"the system gives no random numbers"};
    std::string secret = hexadecimal(drawn);
    token.sha256 = digest_of(secret);
    token.id = token.sha256.substr(0, id_digits);
    tokens->push_back(std::move(token));
    if (auto reason = write(*tokens)) return *std::move(reason);
    return OrReason<std::string>(boost::system::in_place_value, std::move(secret));
}

std::optional<Reason> Tokens::remove(std::string_view id) {
    auto tokens = all();
    if (!tokens) return tokens.error();
    const auto gone = std::erase_if(*tokens, [id](const Token& each) { return each.id == id; });
    if (gone == 0) return Reason{fmt::format("there is no token {} in {}", id, path_)};
    return write(*tokens);
}

std::optional<Reason> Tokens::write(const std::vector<Token>& tokens) {
    std::string text;
    for (const auto& each : tokens) text += line_of(each);
    std::error_code ignored;
    std::filesystem::create_directories(folder_, ignored);
    if (replace_file(folder_, path_, text, owner_only)) return std::nullopt;
    return Reason{fmt::format("cannot write {}: {}", path_, system_reason())};
}

}  // namespace portolan::app
