#include "source/plan_validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "portolan/registry/by_name.hpp"
#include "portolan/registry/suggest.hpp"
#include "source/plan_scalars.hpp"

namespace portolan::source::plan {
namespace {

// --- what may stand there
// --------------------------------------------------------------------------------

std::string listed(const std::vector<std::string_view>& words) {
    std::string result;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) result += i + 1 == words.size() ? " or " : ", ";
        result += words[i];
    }
    return result;
}

std::string cure_of(std::string_view word, const std::vector<std::string_view>& words) {
    constexpr std::size_t longest = 40;  // no key is half as long
    if (word.size() <= longest) {
        if (const auto meant = registry::closest(word, words)) {
            return fmt::format("Did you mean {}?", *meant);
        }
    }
    return fmt::format("Write {}", listed(words));
}

std::vector<std::string_view> names_of(const Shape& mapping) {
    std::vector<std::string_view> names;
    for (const Key& key : mapping.keys) names.push_back(key.name);
    return names;
}

// --- single values -------------------------------------------------------------------------------

template <class T>
std::optional<Complaint> fault(const Read<T>& read) {
    if (read) return {};
    return read.complaint();
}

std::optional<Complaint> text_fault(const Node& node) {
    constexpr std::size_t most = 4096;
    if (node.text.empty()) return Complaint{"an empty text", "Write something, or remove the key"};
    if (node.text.size() <= most) return {};
    return Complaint{
        fmt::format("a text of {} octets, and {} are the most", node.text.size(), most),
        "Shorten it"};
}

std::optional<Complaint> letters_fault(const Node& node) {
    const bool one_letter = !node.text.empty() &&
                            std::isalpha(static_cast<unsigned char>(node.text[0])) &&
                            node.text.find_first_not_of(node.text[0]) == std::string::npos;
    if (one_letter) return {};
    return Complaint{fmt::format("{} is no run of one letter", node.text.substr(0, 60)),
                     "Write the letters as they stand in the pattern: YY"};
}

std::optional<Complaint> word_fault(const Node& node, const Shape& shape) {
    if (std::find(shape.words.begin(), shape.words.end(), node.text) != shape.words.end())
        return {};
    return Complaint{fmt::format("{} is not {}", node.text.substr(0, 60), shape.noun),
                     cure_of(node.text, shape.words)};
}

std::optional<Complaint> nameserver_fault(const Node& node) {
    if (node.text.ends_with('.')) return fault(read_domain(node.text));
    if (node.text.find('.') == std::string::npos) return fault(read_label(node.text));
    return Complaint{fmt::format("{} is neither one label nor absolute", node.text.substr(0, 60)),
                     "Write one label for a server in the zone, or a name with its final dot for a "
                     "foreign one"};
}

bool is_number(Kind kind) { return kind == Kind::number || kind == Kind::flag; }

std::optional<Complaint> scalar_fault(const Node& node, const Shape& shape) {
    if (node.quoted && is_number(shape.kind)) {
        return Complaint{fmt::format("expected {}, not a text in quotes", shape.noun),
                         "Take the quotes off"};
    }
    switch (shape.kind) {
        case Kind::text:
        case Kind::path:
            return text_fault(node);
        case Kind::label:
            return fault(read_label(node.text));
        case Kind::host_reference:
            return fault(read_host_reference(node.text));
        case Kind::flag:
            return fault(read_flag(node.text));
        case Kind::number:
        case Kind::instance_key:
            return fault(read_number(node.text, shape.least, shape.most));
        case Kind::duration:
            return fault(read_duration(node.text));
        case Kind::wait:
            return fault(read_wait(node.text));
        case Kind::port_range:
            return fault(read_port_range(node.text));
        case Kind::instances:
            return fault(read_instances(node.text));
        case Kind::address:
            return fault(read_address(node.text));
        case Kind::network:
            return fault(read_network(node.text));
        case Kind::prefix:
            return fault(read_prefix(node.text));
        case Kind::secondary:
            return fault(read_secondary(node.text));
        case Kind::domain:
            return fault(read_domain(node.text));
        case Kind::nameserver:
            return nameserver_fault(node);
        case Kind::contact:
            return fault(read_contact(node.text));
        case Kind::owner:
            return fault(read_owner(node.text));
        case Kind::pattern:
            return fault(read_pattern(node.text));
        case Kind::letters:
            return letters_fault(node);
        case Kind::date:
            return fault(read_date(node.text));
        case Kind::word:
            return word_fault(node, shape);
        case Kind::list:
        case Kind::names:
        case Kind::mapping:
        case Kind::any:
            break;
    }
    return {};
}

void refuse(Node& node, Report& report, std::string rule, Complaint complaint) {
    node.valid = false;
    report.add(registry::Severity::error, node.place, std::move(rule), std::move(complaint));
}

void validate_scalar(Node& node, const Shape& shape, Report& report) {
    if (auto complaint = scalar_fault(node, shape)) {
        refuse(node, report, "bad-value", std::move(*complaint));
    }
}

// --- lists and mappings --------------------------------------------------------------------------

void validate_list(Node& node, const Shape& shape, Report& report) {
    for (const Node::Entry& entry : node.entries) validate(*entry.value, *shape.value, report);
}

/// Names fold case: Hydrogen and hydrogen are one.
void refuse_folded_twin(const Node::Entry& entry, const Node& first, Report& report) {
    refuse(*entry.key, report, "duplicate-key",
           {fmt::format("{} and {} are the same name; the first is at {}", entry.key->text,
                        first.text, report.text(first.place)),
            "Rename one of the two"});
    entry.value->valid = false;
}

void validate_names(Node& node, const Shape& shape, Report& report) {
    std::vector<std::pair<std::string, const Node*>> labels;  // folded
    registry::NameIndex index;
    const auto label_at = [&](std::uint32_t i) -> std::string_view { return labels[i].first; };
    for (const Node::Entry& entry : node.entries) {
        validate(*entry.key, *shape.key, report);
        validate(*entry.value, *shape.value, report);
        if (!entry.key->valid || shape.key->kind != Kind::label) continue;
        auto label = *read_label(entry.key->text);
        const auto size = static_cast<std::uint32_t>(labels.size());
        const std::uint32_t first = index.find(label, size, label_at);
        if (first != registry::NameIndex::none) {
            refuse_folded_twin(entry, *labels[first].second, report);
            continue;
        }
        labels.emplace_back(std::move(label), entry.key);
        index.add(size, label_at);
    }
}

void refuse_key(const Node::Entry& entry, const Shape& shape, Report& report) {
    const std::vector<std::string_view> names = names_of(shape);
    entry.value->valid = false;
    refuse(*entry.key, report, "unknown-key",
           {fmt::format("{} is no key of {}", entry.key->text.substr(0, 60), shape.noun),
            cure_of(entry.key->text, names)});
}

void require_keys(const Node& node, const Shape& shape, Report& report) {
    for (const Key& key : shape.keys) {
        if (!key.required || node.find(key.name) != nullptr) continue;
        report.error(node.place, "missing-key",
                     fmt::format("{} needs the key {}", shape.noun, key.name),
                     fmt::format("Add \"{}: {}\"", key.name,
                                 key.shape->example.empty() ? "…" : key.shape->example));
    }
}

void validate_mapping(Node& node, const Shape& shape, Report& report) {
    for (const Node::Entry& entry : node.entries) {
        const auto key = std::find_if(shape.keys.begin(), shape.keys.end(),
                                      [&](const Key& k) { return k.name == entry.key->text; });
        if (key == shape.keys.end()) {
            refuse_key(entry, shape, report);
        } else {
            validate(*entry.value, *key->shape, report);
        }
    }
    require_keys(node, shape, report);
}

// --- forms ---------------------------------------------------------------------------------------

Node::Form form_of(const Shape& shape) noexcept {
    if (is_scalar(shape.kind)) return Node::Form::scalar;
    return shape.kind == Kind::list ? Node::Form::sequence : Node::Form::mapping;
}

std::string nouns_of(const Shape& shape) {
    if (shape.kind != Kind::any) return std::string(shape.noun);
    std::vector<std::string_view> nouns;
    for (const Shape* choice : shape.choices) nouns.push_back(choice->noun);
    return listed(nouns);
}

std::string example_of(const Shape& shape) {
    const Shape& first = shape.kind == Kind::any ? *shape.choices.front() : shape;
    return std::string(first.example);
}

void refuse_form(Node& node, const Shape& shape, Report& report) {
    if (node.form == Node::Form::null) {
        return refuse(node, report, "wrong-type",
                      {fmt::format("nothing where {} is expected", nouns_of(shape)),
                       fmt::format("Write it, as in {}; or remove the key", example_of(shape))});
    }
    const std::string got = node.form == Node::Form::scalar
                                ? fmt::format("\"{}\"", node.text.substr(0, 60))
                                : to_string(node.form);
    refuse(node, report, "wrong-type",
           {fmt::format("expected {}, not {}", nouns_of(shape), got),
            fmt::format("Write it as in {}", example_of(shape))});
}

}  // namespace

const Shape* chosen(const Shape& shape, const Node& node) noexcept {
    const auto fits = [&](const Shape& candidate) {
        if (form_of(candidate) == node.form) return true;
        // `hosts:` with nothing behind it is an empty mapping; a list or a value must be written.
        return node.form == Node::Form::null && form_of(candidate) == Node::Form::mapping;
    };
    if (shape.kind != Kind::any) return fits(shape) ? &shape : nullptr;
    if (node.form == Node::Form::null) return nullptr;
    for (const Shape* choice : shape.choices) {
        if (fits(*choice)) return choice;
    }
    return nullptr;
}

void validate(Node& node, const Shape& shape, Report& report) {
    if (!node.valid || report.is_full()) return;
    const Shape* one = chosen(shape, node);
    if (one == nullptr) return refuse_form(node, shape, report);
    switch (one->kind) {
        case Kind::list:
            return validate_list(node, *one, report);
        case Kind::names:
            return validate_names(node, *one, report);
        case Kind::mapping:
            return validate_mapping(node, *one, report);
        default:
            return validate_scalar(node, *one, report);
    }
}

}  // namespace portolan::source::plan
