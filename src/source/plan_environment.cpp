#include "source/plan_environment.hpp"

#include <algorithm>
#include <concepts>

#include "source/plan_build.hpp"
#include "source/plan_places.hpp"
#include "source/plan_table.hpp"
#include "source/plan_validate.hpp"

namespace portolan::source::plan {
namespace {

using registry::Environment;
using registry::Place;

const Shape& environments_shape() {
    static const Shape& shape =
        *std::ranges::find(plan_shape().keys, "environments", &Key::name)->shape;
    return shape;
}

/// The one entry that `text` is, validated, with its key where the fragment has it. `key` is
/// nullptr when that is not so, or something is to be complained of.
Node::Entry only_entry(Arena& arena, std::string_view text, const Fragment& fragment,
                       std::uint32_t file, const Report& names) {
    Report report(names.files());
    const Document document = parse_yaml(arena, text, file, report, {fragment.line - 1, 1});
    Node* root = document.root;
    if (root == nullptr || document.has_anchors || !is_block_mapping(*root)) return {};
    if (root->entries.size() != 1 || root->place != Place{file, fragment.line, fragment.column})
        return {};
    validate(*root, environments_shape(), report);
    return report.is_empty() ? root->entries.front() : Node::Entry{};
}

/// The column of an environment's keys; 0 when it has none.
std::uint32_t column_of_keys(const Fragment& fragment) {
    const std::string_view name = fragment.text.substr(0, fragment.text.find('\n'));
    std::string_view rest = fragment.text.substr(std::min(name.size() + 1, fragment.text.size()));
    const auto indentation = rest.find_first_not_of(' ');
    return indentation == std::string_view::npos ? 0 : static_cast<std::uint32_t>(indentation + 1);
}

std::optional<Block> block_of(const Fragment& environment, std::string_view key) {
    const std::uint32_t column = column_of_keys(environment);
    if (column <= environment.column) return {};
    return find_block(environment.text, key, column, environment.line);
}

const std::string& name_of(const registry::Host& host) { return host.name; }
const std::string& name_of(const registry::Placement& placement) { return placement.subject; }

template <class List>
std::vector<const typename List::value_type*> by_place(const List& list) {
    std::vector<const typename List::value_type*> entries;
    entries.reserve(list.size());
    for (const auto& each : list) entries.push_back(&each);
    std::ranges::sort(entries, {}, [](const auto* each) { return each->place; });
    return entries;
}

/// nullopt when two have one name.
template <class List>
std::optional<List> list_of(std::vector<typename List::value_type> all) {
    if constexpr (std::same_as<typename List::value_type, registry::Placement>) default_first(all);
    List list;
    list.reserve(all.size());
    for (auto& each : all) {
        list.push_back(std::move(each));
        if (list.find(name_of(list.back())) != &list.back()) return {};
    }
    return list;
}

/// The entries of `hosts:` or of `place:`, and which of them are known from the last reading.
template <class List>
class Entries {
    using Entry = typename List::value_type;

public:
    Entries(const Fragment& fragment, const LastReading& last, std::string_view key,
            const List& said)
        : said_(said), block_(block_of(fragment, key)) {
        if (!block_) return;
        known_.resize(block_->fragments.size());
        const Place& place = last.environment->place;
        const auto then = block_of({last.text, place.line, place.column}, key);
        const auto entries = by_place(said);
        if (!then || !std::ranges::equal(entries, then->fragments, stands_at)) return;
        stands_as_it_stood_ = block_->fragments == then->fragments;
        find_known(then->fragments, entries);
    }

    /// Adds the lines of known entries.
    void leave_out(std::vector<std::string_view>& lines) const {
        for (std::size_t i = 0; i < known_.size(); ++i)
            if (known_[i] != nullptr) lines.push_back(block_->fragments[i].text);
    }

    /// Whether the block, its end, and the entries that are not known are where they were seen.
    [[nodiscard]] bool are_proved(const Node& environment, std::uint32_t file) const {
        if (!block_) return true;
        const auto value_at = [&](std::uint32_t line) -> const Node* {
            const auto found =
                std::ranges::find(environment.entries, Place{file, line, block_->column},
                                  [](const Node::Entry& entry) { return entry.key->place; });
            return found == environment.entries.end() ? nullptr : found->value;
        };
        const Node* value = value_at(block_->line);
        if (value == nullptr) return false;
        if (block_->next_line != 0 && value_at(block_->next_line) == nullptr) return false;
        if (value->form != Node::Form::mapping && value->form != Node::Form::null) return false;
        auto rest = value->entries.begin();
        for (std::size_t i = 0; i < known_.size(); ++i) {
            if (known_[i] != nullptr) continue;
            const Fragment& fragment = block_->fragments[i];
            const Place place{file, fragment.line, fragment.column};
            if (rest == value->entries.end() || (rest++)->key->place != place) return false;
        }
        return rest == value->entries.end();
    }

    /// The whole list, by place: those that were read, which are all the others, and the known.
    /// nullopt when two have one name.
    [[nodiscard]] std::optional<List> merged(const List& read, std::uint32_t file) const {
        if (!block_) return read;
        if (stands_as_it_stood_ && said_.front().place.file == file) return said_;
        const auto others = by_place(read);
        auto other = others.begin();
        std::vector<Entry> all;
        all.reserve(known_.size());
        for (std::size_t i = 0; i < known_.size(); ++i) {
            if (known_[i] != nullptr) {
                all.push_back(moved(*known_[i], file, block_->fragments[i].line));
            } else {
                all.push_back(**other++);
            }
        }
        return list_of<List>(std::move(all));
    }

private:
    static bool stands_at(const Entry* entry, const Fragment& fragment) {
        return entry->place.line == fragment.line && entry->place.column == fragment.column;
    }

    /// The last entry's end is not proved, so it is never known.
    void find_known(const std::vector<Fragment>& then, const std::vector<const Entry*>& entries) {
        const std::size_t last = then.size() - 1;
        std::size_t next = 0;  // most entries stand in the order in which they stood
        for (std::size_t i = 0; i < known_.size(); ++i) {
            std::size_t at = next;
            while (at < last && then[at].text != block_->fragments[i].text) ++at;
            if (at == last) continue;
            known_[i] = entries[at];
            next = at + 1;
        }
    }

    const List& said_;
    std::optional<Block> block_;
    std::vector<const Entry*> known_;  // one a fragment; nullptr: to be read
    bool stands_as_it_stood_ = false;
};

}  // namespace

bool is_block_mapping(const Node& node) {
    return node.form == Node::Form::mapping && !node.entries.empty() &&
           node.place == node.entries.front().key->place;  // a { stands before its first key
}

EnvironmentPtr read_environment(const Fragment& fragment, std::uint32_t file, const Report& names) {
    Arena arena;
    const Node::Entry only = only_entry(arena, fragment.text, fragment, file, names);
    if (only.key == nullptr) return nullptr;
    return std::make_shared<const Environment>(environment_of(*only.key, *only.value));
}

EnvironmentPtr read_changes(const Fragment& fragment, std::uint32_t file, const Report& names,
                            const LastReading& last) {
    const Entries hosts(fragment, last, "hosts:", last.environment->hosts);
    const Entries placements(fragment, last, "place:", last.environment->placements);
    std::vector<std::string_view> known;
    hosts.leave_out(known);
    placements.leave_out(known);
    if (known.empty()) return nullptr;
    std::ranges::sort(known, {}, [](std::string_view lines) { return lines.data(); });
    const std::string rest = without(fragment.text, known);
    if (rest.find_first_of("|>") != std::string::npos) return nullptr;

    Arena arena;
    const Node::Entry only = only_entry(arena, rest, fragment, file, names);
    const bool is_proved = only.key != nullptr && is_block_mapping(*only.value) &&
                           hosts.are_proved(*only.value, file) &&
                           placements.are_proved(*only.value, file);
    if (!is_proved) return nullptr;
    Environment environment = environment_of(*only.key, *only.value);
    auto all_hosts = hosts.merged(environment.hosts, file);
    auto all_placements = placements.merged(environment.placements, file);
    if (!all_hosts || !all_placements) return nullptr;
    environment.hosts = std::move(*all_hosts);
    environment.placements = std::move(*all_placements);
    return std::make_shared<const Environment>(std::move(environment));
}

}  // namespace portolan::source::plan
