#include "desk/plan_json.hpp"

#include <algorithm>

#include "desk/text.hpp"
#include "desk/yaml_text.hpp"
#include "source/plan_parts.hpp"

namespace portolan::desk {
namespace {

namespace json = boost::json;
using source::plan::Node;

bool is_number(std::string_view text) {
    const bool is_short = text.size() <= 9 && !text.empty();
    return is_short && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }) &&
           (text.size() == 1 || text.front() != '0');
}

json::value value_of(const Node& node) {
    if (node.form == Node::Form::null) return nullptr;
    if (node.form == Node::Form::sequence) {
        json::array items;
        for (const auto& each : node.entries) items.push_back(value_of(*each.value));
        return items;
    }
    if (node.form == Node::Form::mapping) {
        json::object members;
        for (const auto& each : node.entries)
            if (each.key->text != "include" || node.find("zone") == nullptr)
                members[each.key->text] = value_of(*each.value);
        return members;
    }
    if (!node.quoted && node.text == "true") return true;
    if (!node.quoted && node.text == "false") return false;
    if (!node.quoted && is_number(node.text)) return std::stoll(node.text);
    return json::string(node.text);
}

/// `yes` and `no` stay plain: where they are no flags, a plan reads them as the text they are.
std::string scalar_text(std::string_view text) {
    return text == "yes" || text == "no" ? std::string(text) : yaml_text(text);
}

std::string key_text(std::string_view key) {
    return is_number(key) ? std::string(key) : yaml_text(key);
}

bool is_flat(const json::value& value) {
    if (value.is_object())
        return std::ranges::none_of(value.get_object(), [](auto& each) {
            return each.value().is_object() || each.value().is_array();
        });
    return !value.is_array() || std::ranges::all_of(value.get_array(), is_flat);
}

std::string flow(const json::value& value) {
    std::string text;
    const auto separator = [&] { return text.empty() ? "" : ", "; };
    if (const auto* object = value.if_object()) {
        for (const auto& each : *object)
            text += separator() + key_text(each.key()) + ": " + flow(each.value());
        return "{" + text + "}";
    }
    if (const auto* array = value.if_array()) {
        for (const auto& each : *array) text += separator() + flow(each);
        return "[" + text + "]";
    }
    if (const auto* string = value.if_string()) return scalar_text(*string);
    return json::serialize(value);
}

void print(const json::value& value, std::size_t depth, std::string& text) {
    for (const auto& each : value.get_object()) {
        text += std::string(depth * 2, ' ') + key_text(each.key()) + ":";
        const auto* object = each.value().if_object();
        if (object == nullptr || object->empty() || (depth > 0 && is_flat(each.value()))) {
            text += " " + flow(each.value()) + "\n";
        } else {
            text += "\n";
            print(each.value(), depth + 1, text);
        }
    }
}

}  // namespace

std::optional<json::value> plan_json(const std::string& path) {
    source::plan::Arena arena;
    source::plan::Report report;
    const auto* root =
        source::plan::read_with_parts(path, source::read_whole_file, arena, report, nullptr);
    if (root == nullptr) return {};
    return value_of(*root);
}

std::string json_plan(const json::value& plan) {
    std::string text;
    if (plan.is_object()) print(plan, 0, text);
    return text;
}

}  // namespace portolan::desk
