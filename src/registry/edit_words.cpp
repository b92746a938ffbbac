// An edit from the words that people have for it.
#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "portolan/registry/edit.hpp"

namespace portolan::registry {
namespace {

Refusal refuse(std::string reason) { return {Refusal::Kind::malformed, std::move(reason)}; }

constexpr const char* known =
    "the changes are: add application NAME, add type NAME [PROTOCOL], instances LAST, pattern "
    "PATTERN, move APPLICATION INSTANCE ENVIRONMENT HOST";

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> words;
    while (true) {
        const auto begin = text.find_first_not_of(" \t");
        if (begin == std::string_view::npos) return words;
        text.remove_prefix(begin);
        const auto end = std::min(text.find_first_of(" \t"), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

OrRefusal<unsigned> number(const std::string& text) {
    unsigned value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) return refuse(fmt::format("{} is no number", text));
    return value;
}

OrRefusal<Protocol> protocol(const std::string& text) {
    const auto found = parse_protocol(text);
    if (!found) return refuse(fmt::format("{} is no protocol: tcp, udp, sctp or dccp", text));
    return *found;
}

/// Takes "--id 14" and "--proto udp" out of the words.
struct Options {
    std::optional<unsigned> id;
    std::optional<Protocol> protocol;
};
OrRefusal<Options> take_options(std::vector<std::string>& words) {
    Options options;
    while (words.size() >= 2) {
        const auto& name = words[words.size() - 2];
        if (name == "--id") {
            const auto id = number(words.back());
            if (!id) return id.error();
            options.id = *id;
        } else if (name == "--proto") {
            const auto found = protocol(words.back());
            if (!found) return found.error();
            options.protocol = *found;
        } else {
            break;
        }
        words.resize(words.size() - 2);
    }
    return options;
}

OrRefusal<Edit> read_addition(std::vector<std::string> words) {
    const auto options = take_options(words);
    if (!options) return options.error();
    if (words.size() == 3 && words[1] == "application" && !options->protocol)
        return Edit{AddApplication{words[2], options->id}};
    const bool is_type = words.size() >= 3 && words.size() <= 4 && words[1] == "type";
    if (!is_type || (words.size() == 4 && options->protocol)) return refuse(known);
    AddType add{words[2], options->id};
    add.protocol = options->protocol.value_or(Protocol::tcp);
    if (words.size() == 4) {
        const auto found = protocol(words[3]);
        if (!found) return found.error();
        add.protocol = *found;
    }
    return Edit{std::move(add)};
}

OrRefusal<Edit> read_move(const std::vector<std::string>& words) {
    const auto instance = number(words[2]);
    if (!instance) return instance.error();
    return Edit{MoveInstance{words[1], *instance, words[3], words[4]}};
}

}  // namespace

OrRefusal<Edit> read_edit(std::string_view text) {
    auto words = split(text);
    const std::string kind = words.empty() ? "" : words.front();
    if (kind == "add") return read_addition(std::move(words));
    if (kind == "pattern" && words.size() == 2) return Edit{UsePattern{words[1]}};
    if (kind == "move" && words.size() == 5) return read_move(words);
    if (kind != "instances" || words.size() != 2) return refuse(known);
    const auto last = number(words[1]);
    if (!last) return last.error();
    return Edit{CountInstances{*last}};
}

}  // namespace portolan::registry
