#include "flood.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>

namespace portolan::load {
namespace {

constexpr std::size_t most_sockets = 1024;
constexpr std::size_t most_under_way = 64;  // a socket
constexpr double most_seconds = 600;

template <typename Number>
Number number_of(std::string_view option, std::string_view text, Number least, Number most) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) {
        refuse(fmt::format("{} takes a number from {} to {}, not {}", option, least, most, text));
    }
    return value;
}

}  // namespace

Questions::Questions(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    octets_.assign(std::istreambuf_iterator<char>(file), {});
    std::size_t at = 0;
    while (at + 2 + header_octets <= octets_.size()) {
        starts_.push_back(at);
        at += 2 + read_u16(octets_.data() + at);
    }
    if (starts_.empty() || at != octets_.size()) refuse(path + ": no file of questions");
    starts_.push_back(at);
}

Options read_options(int count, char** words) {
    if (count < 3 || count % 2 == 0) {
        refuse("usage: " + std::string(words[0]) +
               " ADDR:PORT QUESTIONS [--seconds N] [--count N] [--first N] [--sockets N] "
               "[--window N]");
    }
    Options options;
    const auto server = net::parse_endpoint(words[1]);
    if (!server) refuse(server.error().message);
    options.server = *server;
    options.questions = words[2];
    for (int i = 3; i < count; i += 2) {
        const std::string_view name = words[i];
        const std::string_view text = words[i + 1];
        if (name == "--seconds") {
            options.seconds = number_of<double>(name, text, 0.01, most_seconds);
        } else if (name == "--count") {
            options.count = number_of<std::size_t>(name, text, 1, SIZE_MAX);
        } else if (name == "--first") {
            options.first = number_of<std::size_t>(name, text, 0, SIZE_MAX);
        } else if (name == "--sockets") {
            options.sockets = number_of<std::size_t>(name, text, 1, most_sockets);
        } else if (name == "--window") {
            options.window = number_of<std::size_t>(name, text, 1, most_under_way);
        } else {
            refuse(fmt::format("what does {} mean?", name));
        }
    }
    return options;
}

void print(const Tally& tally, double seconds) {
    fmt::print(
        R"({{"sent": {}, "answered": {}, "lost": {}, "strange": {}, "truncated": {}, "closed": {}, )"
        R"("octets": {}, "seconds": {:.6f}, "rcodes": [{}]}})"
        "\n",
        tally.sent, tally.answered, tally.lost, tally.strange, tally.truncated, tally.closed,
        tally.octets, seconds, fmt::join(tally.rcodes, ", "));
}

void refuse(const std::string& why) {
    fmt::print(stderr, "{}\n", why);
    std::exit(2);
}

}  // namespace portolan::load
