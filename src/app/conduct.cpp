#include "portolan/app/conduct.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string_view>

namespace portolan::app {
namespace {

constexpr std::size_t most_secrets = 16;  // each is tried for a cookie that fits none

std::string_view without_comment(std::string_view line) {
    line = line.substr(0, line.find('#'));
    while (!line.empty() && std::strchr(" \t\r", line.back()) != nullptr) line.remove_suffix(1);
    while (!line.empty() && std::strchr(" \t", line.front()) != nullptr) line.remove_prefix(1);
    return line;
}

bool read_hex(std::string_view text, answer::CookieSecret& secret) {
    if (text.size() != 2 * secret.size()) return false;
    for (std::size_t i = 0; i < secret.size(); ++i) {
        const char* digits = text.data() + 2 * i;
        const auto [end, error] = std::from_chars(digits, digits + 2, secret[i], 16);
        if (error != std::errc() || end != digits + 2) return false;
    }
    return true;
}

void check_mode(const std::string& path) {
    struct stat about {};
    if (stat(path.c_str(), &about) != 0) {
        throw std::runtime_error(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    }
    if ((about.st_mode & S_IRWXO) != 0) {
        throw std::runtime_error(
            fmt::format("{}: every user may read these secrets: chmod o-rwx {}", path, path));
    }
}

}  // namespace

answer::CookieSecret draw_cookie_secret() {
    answer::CookieSecret secret;
    std::random_device device;  // the system's random numbers
    std::ranges::generate(secret, [&] { return static_cast<std::uint8_t>(device()); });
    return secret;
}

answer::CookieSecrets read_cookie_secrets(const std::string& path) {
    check_mode(path);
    std::ifstream file(path);
    if (!file) throw std::runtime_error(fmt::format("cannot read {}", path));
    answer::CookieSecrets secrets;
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        const auto text = without_comment(line);
        if (text.empty()) continue;
        if (!read_hex(text, secrets.emplace_back())) {
            throw std::runtime_error(fmt::format(
                "{}:{}:1: a cookie secret has 32 hexadecimal digits: openssl rand -hex 16", path,
                number));
        }
    }
    if (secrets.empty()) {
        throw std::runtime_error(
            fmt::format("{}: no cookie secret in it: openssl rand -hex 16 > {}", path, path));
    }
    if (secrets.size() > most_secrets) {
        throw std::runtime_error(
            fmt::format("{}: more than {} cookie secrets: remove the oldest", path, most_secrets));
    }
    return secrets;
}

}  // namespace portolan::app
