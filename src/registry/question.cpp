#include "portolan/registry/question.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace portolan::registry {
namespace {

constexpr std::size_t longest_name = 1024;  // a domain name with all its octets escaped

Refusal malformed(std::string reason) { return {Refusal::Kind::malformed, std::move(reason)}; }

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return out;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

/// "40805" or "40805/udp" into the question.
std::optional<Refusal> read_port(std::string_view text, Question& question) {
    const auto slash = text.find('/');
    const auto number = text.substr(0, slash);
    if (!is_number(number))
        return malformed(fmt::format("\"{}\" is not a port number: write 0-65535", number));
    unsigned port = 0;
    const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), port);
    if (error != std::errc{} || port > 65535)
        return malformed(fmt::format("{} is not a port: the highest is 65535", number));
    question.port = port;
    if (slash == text.npos) return std::nullopt;
    const auto protocol = lower(text.substr(slash + 1));
    question.protocol = parse_protocol(protocol);
    if (question.protocol) return std::nullopt;
    return malformed(
        fmt::format("\"{}\" is not a protocol: write tcp, udp, sctp or dccp", protocol));
}

/// "jb1.prod" of "JB1.prod."; "2001:db8::1" of "[2001:db8::1]".
std::string read_name(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    if (text.size() > 1 && text.ends_with('.')) text.remove_suffix(1);
    const auto address = parse_address(text);
    return address ? to_string(*address) : lower(text);
}

/// Where the colon before a port is; npos without a port.
std::size_t port_colon(std::string_view text) {
    if (text.starts_with('[')) {
        const auto at = text.find("]:");
        return at == text.npos ? at : at + 1;
    }
    return std::ranges::count(text, ':') == 1 ? text.find(':') : text.npos;
}

}  // namespace

OrRefusal<Question> read_question(std::string_view text) {
    text = trimmed(text);
    if (text.empty()) return malformed("nothing is asked: write a port, a name, or HOST:PORT");
    if (text.size() > longest_name)
        return malformed("the question is longer than any name that DNS has");
    Question question;
    question.text = text;
    if (is_number(text.substr(0, text.find('/')))) {
        if (auto refusal = read_port(text, question)) return *std::move(refusal);
        return question;
    }
    const auto colon = port_colon(text);
    if (colon != text.npos) {
        if (auto refusal = read_port(text.substr(colon + 1), question)) return *std::move(refusal);
    }
    question.name = read_name(text.substr(0, colon));
    if (question.name.empty()) return malformed("no host stands before the colon");
    return question;
}

}  // namespace portolan::registry
