// The text with one entry more.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "desk/new_errors.hpp"
#include "desk/yaml_text.hpp"
#include "portolan/desk/allocate.hpp"
#include "portolan/registry/about.hpp"

namespace portolan::desk {
namespace {

using registry::OrRefusal;
using registry::Place;
using registry::Plan;
using registry::Refusal;

Refusal refuse(std::string reason) { return {Refusal::Kind::conflict, std::move(reason)}; }

// --- the entry ----------------------------------------------------------------------------------

void add_about(std::string& keys, const registry::About& about) {
    if (!about.owner.empty()) keys += ", owner: " + yaml_text(about.owner);
    if (!about.description.empty()) keys += ", description: " + yaml_text(about.description);
    if (about.until) keys += ", until: " + registry::date_text(*about.until);
}

std::string entry_of(const registry::AddApplication& add) {
    std::string keys;
    add_about(keys, add.about);
    return keys.empty() ? fmt::format("{}: {}", add.name, *add.id)
                        : fmt::format("{}: {{id: {}{}}}", add.name, *add.id, keys);
}

std::string entry_of(const registry::AddType& add) {
    std::string keys;
    if (add.protocol != registry::Protocol::tcp)
        keys += std::string(", proto: ") + to_string(add.protocol);
    add_about(keys, add.about);
    return keys.empty() ? fmt::format("{}: {}", add.name, *add.id)
                        : fmt::format("{}: {{id: {}{}}}", add.name, *add.id, keys);
}

std::string entry_of(const registry::AddService& add) {
    std::string keys;
    if (add.protocol != registry::Protocol::tcp)
        keys += std::string(", proto: ") + to_string(add.protocol);
    add_about(keys, add.about);
    return fmt::format("{}: {{port: {}, in: {}{}}}", add.name, *add.port, yaml_text(add.range),
                       keys);
}

/// Other changes are what-ifs: they have no entry.
template <class Other>
std::string entry_of(const Other&) {
    return "";
}

// --- its place ----------------------------------------------------------------------------------

/// Behind which entry it goes; nullopt where there is none of its kind.
std::optional<Place> last_of(const Plan& plan, const registry::Edit& edit) {
    if (std::holds_alternative<registry::AddApplication>(edit)) {
        if (plan.convention->applications.empty()) return std::nullopt;
        return plan.convention->applications.back().place;
    }
    if (std::holds_alternative<registry::AddType>(edit)) {
        if (plan.convention->types.empty()) return std::nullopt;
        return plan.convention->types.back().place;
    }
    std::optional<Place> last;
    for (const auto& each : plan.services) {
        const bool is_dynamic = plan.dynamic && std::ranges::find(plan.dynamic->names, each.name) !=
                                                    plan.dynamic->names.end();
        if (!is_dynamic) last = each.place;
    }
    return last;
}

/// Where the line begins, 1-based; npos behind the last.
std::size_t line_start(const std::string& text, std::uint32_t line) {
    std::size_t at = 0;
    for (std::uint32_t i = 1; i < line && at != std::string::npos; ++i) {
        at = text.find('\n', at);
        if (at != std::string::npos) ++at;
    }
    return at;
}

std::size_t indentation(std::string_view line) {
    const auto first = line.find_first_not_of(' ');
    return first == line.npos ? line.size() : first;
}

bool says_nothing(std::string_view line) {
    const auto first = line.find_first_not_of(" \t\r");
    return first == line.npos || line[first] == '#';
}

struct Spot {
    std::size_t at;    // where the text goes in
    std::string text;  // with what stands around it
    std::uint32_t line;
};

/// A line of its own, behind all lines of the last entry.
Spot in_block(const std::string& text, std::size_t start, const Place& last,
              const std::string& entry) {
    const std::size_t indent = last.column - 1;
    auto end = std::min(text.find('\n', start), text.size());  // of the entry's last line
    std::uint32_t line = last.line + 1;
    std::uint32_t seen = line;
    for (auto next = end + 1; next < text.size(); ++seen) {
        const auto stop = std::min(text.find('\n', next), text.size());
        const std::string_view one(text.data() + next, stop - next);
        if (!says_nothing(one)) {
            if (indentation(one) <= indent) break;
            end = stop;
            line = seen + 1;
        }
        next = stop + 1;
    }
    const bool is_windows = end > 0 && end < text.size() && text[end - 1] == '\r';
    const auto own = std::string(indent, ' ') + entry;
    if (end >= text.size())
        return {text.size(), (text.ends_with('\n') ? "" : "\n") + own + "\n", line};
    return {end + 1, own + (is_windows ? "\r\n" : "\n"), line};
}

/// Behind the last entry of a list in braces: at the comma or brace that ends it.
std::optional<Spot> in_braces(const std::string& text, std::size_t start, const Place& last,
                              const std::string& entry) {
    int depth = 0;
    char quote = 0;
    for (auto at = start + last.column - 1; at < text.size(); ++at) {
        const char c = text[at];
        if (quote != 0) {
            if (c == '\\' && quote == '"')
                ++at;
            else if (c == quote)
                quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '#' && text[at - 1] == ' ') {
            return std::nullopt;  // a comment among them: by hand
        } else if ((c == '}' || c == ']' || c == ',') && depth == 0) {
            auto end = at;
            while (end > start && (text[end - 1] == ' ' || text[end - 1] == '\n')) --end;
            return Spot{end, ", " + entry, last.line};
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return std::nullopt;
}

std::optional<Spot> spot_of(const std::string& text, const Place& last, const std::string& entry) {
    const auto start = line_start(text, last.line);
    if (start >= text.size() || last.column == 0) return std::nullopt;
    const std::string_view head(text.data() + start,
                                std::min<std::size_t>(last.column - 1, text.size() - start));
    if (head.find_first_not_of(' ') != head.npos) return in_braces(text, start, last, entry);
    // Alone in front of its line it may still stand in braces that began above.
    const bool is_braced = [&] {
        int depth = 0;
        for (std::size_t at = 0; at < start; ++at) {
            if (text[at] == '#' && (at == 0 || text[at - 1] == ' ' || text[at - 1] == '\n'))
                at = std::min(text.find('\n', at), start);
            else if (text[at] == '{')
                ++depth;
            else if (text[at] == '}')
                --depth;
        }
        return depth > 0;
    }();
    return is_braced ? in_braces(text, start, last, entry) : in_block(text, start, last, entry);
}

// --- whether it says what it should -------------------------------------------------------------

bool is_same(const Plan& a, const Plan& b) {
    if (!registry::same_common_parts(a, b) || a.environments.size() != b.environments.size() ||
        a.files != b.files)
        return false;
    for (std::size_t i = 0; i < a.environments.size(); ++i)
        if (!registry::same_environment(a.environments[i], b.environments[i])) return false;
    return true;
}

}  // namespace

OrRefusal<Allocation> allocation(const std::string& plan_path, registry::Edit edit,
                                 const source::FileReader& read_from) {
    // Each file once: what is edited is what was understood, whoever writes meanwhile.
    std::map<std::string, std::optional<std::string>> texts;
    const source::FileReader read_file = [&](const std::string& path) {
        const auto [text, is_new] = texts.try_emplace(path);
        if (is_new) text->second = read_from(path);
        return text->second;
    };
    const auto read = source::read_plan(plan_path, read_file);
    if (!read.plan) return refuse(plan_path + " cannot be read; see portolan check");
    const auto expected = registry::edited(*read.plan, edit);
    if (!expected) return expected.error();
    const auto records = source::read_records(*read.plan, [&](const std::string& path) {
        auto text = read_from(path);
        return text ? source::open_text(*std::move(text)) : nullptr;
    });
    if (const auto errors = new_errors(*read.plan, *expected, records.records); !errors.empty())
        return refuse(errors.front());

    Allocation made;
    made.edit = edit;
    made.entry = std::visit([](const auto& each) { return entry_of(each); }, edit);
    const auto by_hand = [&](const std::string& why) {
        return refuse(
            fmt::format("{}: {}; write it there by hand: {}", plan_path, why, made.entry));
    };
    const auto last = last_of(*read.plan, edit);
    if (!last) return by_hand("the first of its kind is not written here");
    made.file = read.plan->files.at(last->file);
    const auto text = read_file(made.file);
    if (!text) return refuse("cannot read " + made.file);
    const auto spot = spot_of(*text, *last, made.entry);
    if (!spot) return by_hand("the list is written in a way that is not understood here");
    made.before = *text;
    made.after = text->substr(0, spot->at) + spot->text + text->substr(spot->at);
    made.line = spot->line;

    const auto again = source::read_plan(plan_path, [&](const std::string& path) {
        return path == made.file ? std::optional(made.after) : read_file(path);
    });
    if (!again.plan || !is_same(*expected, *again.plan))
        return by_hand("with the entry it would say something else");
    made.plan = *again.plan;
    return made;
}

// --- patches ------------------------------------------------------------------------------------

namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return lines;
}

void add_line(std::string& out, char sign, std::string_view line) {
    out += sign;
    out += line;
    if (!line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
}

}  // namespace

std::string patch_text(const std::string& file, const std::string& before,
                       const std::string& after) {
    constexpr std::size_t context = 3;
    const auto old = lines_of(before);
    const auto now = lines_of(after);
    std::size_t head = 0;
    while (head < std::min(old.size(), now.size()) && old[head] == now[head]) ++head;
    std::size_t tail = 0;
    while (tail < std::min(old.size(), now.size()) - head &&
           old[old.size() - 1 - tail] == now[now.size() - 1 - tail])
        ++tail;
    const auto first = head - std::min(head, context);
    const auto shown_tail = std::min(tail, context);
    const auto old_end = old.size() - tail;
    const auto now_end = now.size() - tail;
    auto out = fmt::format("--- {}\n+++ {}\n@@ -{},{} +{},{} @@\n", file, file, first + 1,
                           old_end + shown_tail - first, first + 1, now_end + shown_tail - first);
    for (auto i = first; i < head; ++i) add_line(out, ' ', old[i]);
    for (auto i = head; i < old_end; ++i) add_line(out, '-', old[i]);
    for (auto i = head; i < now_end; ++i) add_line(out, '+', now[i]);
    for (auto i = old_end; i < old_end + shown_tail; ++i) add_line(out, ' ', old[i]);
    return out;
}

}  // namespace portolan::desk
