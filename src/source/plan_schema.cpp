// The JSON Schema (draft 2020-12) of the plan, printed from the table.
//
// Editors read YAML their own way (1.1 makes `yes` a boolean, 1.2 a text), so the schema takes
// either where the plan does. What it cannot say, such as the letters of a pattern, `portolan
// check` says.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <map>

#include "portolan/source/plan_file.hpp"
#include "source/plan_table.hpp"

namespace portolan::source {
namespace {

namespace json = boost::json;
using plan::Kind;
using plan::Shape;

constexpr const char* label_pattern = "^(?![0-9]+$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$";
constexpr const char* domain_pattern =
    "^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)*"
    "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.?$";
constexpr const char* duration_pattern = "^([0-9]+|([0-9]+[smhdw])+)$";
constexpr const char* wait_pattern = "^([0-9]+(ms)?|([0-9]+[smhd])+)$";
constexpr const char* range_pattern = "^[0-9]{1,5}( *- *[0-9]{1,5})?$";

json::object text_with(const char* pattern) { return {{"type", "string"}, {"pattern", pattern}}; }

/// A text that YAML may also have read as a number: 10, or 4.
json::object text_or_number(const char* pattern) {
    return {{"type", {"string", "integer"}}, {"pattern", pattern}, {"minimum", 0}};
}

json::array words_of(const Shape& shape) {
    json::array words;
    for (const std::string_view word : shape.words) words.emplace_back(word);
    return words;
}

json::object scalar_schema(const Shape& shape) {
    switch (shape.kind) {
        case Kind::label:
            return text_with(label_pattern);
        case Kind::host_reference:
            return text_with("^[A-Za-z0-9-]{1,63}(\\.[A-Za-z0-9-]{1,63})?$");
        case Kind::flag:
            return {{"enum", {true, false, "yes", "no"}}};
        case Kind::number:
            return {{"type", "integer"}, {"minimum", shape.least}, {"maximum", shape.most}};
        case Kind::instance_key:
            return text_with("^(0|[1-9][0-9]*)$");
        case Kind::duration:
            return text_or_number(duration_pattern);
        case Kind::wait:
            return text_or_number(wait_pattern);
        case Kind::port_range:
            return text_or_number(range_pattern);
        case Kind::instances:
            return text_or_number(range_pattern);
        case Kind::address:
            return text_with("^[0-9A-Fa-f:.]+$");
        case Kind::network:
            return text_with("^[0-9A-Fa-f:.]+/[0-9]{1,3}$");
        case Kind::prefix:
            return text_with("^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$");
        case Kind::secondary:
            return text_with("^([0-9A-Fa-f:.]+|\\[[0-9A-Fa-f:.]+\\](:[0-9]{1,5})?)$");
        case Kind::domain:
            return text_with(domain_pattern);
        case Kind::nameserver:
            return text_with("^([A-Za-z0-9-]{1,63}|([A-Za-z0-9-]{1,63}\\.)+)$");
        case Kind::owner:
            return text_with("^.*[^.]$");
        case Kind::pattern:
            return text_with("^[A-Za-z0-9]{1,5}$");
        case Kind::letters:
            return text_with("^([A-Za-z])\\1*$");
        case Kind::date:
            return text_with("^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
        case Kind::word:
            return {{"enum", words_of(shape)}};
        case Kind::text:
            return {{"type", {"string", "number", "boolean"}}};
        default:
            return {{"type", "string"}, {"minLength", 1}};
    }
}

class Schema {
public:
    json::object of(const Shape& shape) {
        switch (shape.kind) {
            case Kind::mapping:
                return reference(shape);
            case Kind::names:
                return names(shape);
            case Kind::list:
                return {{"type", "array"}, {"items", of(*shape.value)}};
            case Kind::any:
                return any(shape);
            default:
                return scalar_schema(shape);
        }
    }

    json::object mapping(const Shape& shape) {
        json::object properties;
        json::array required;
        for (const plan::Key& key : shape.keys) {
            properties[key.name] = property(key);
            if (key.required) required.emplace_back(key.name);
        }
        json::object schema{{"type", may_be_empty(required)},
                            {"properties", std::move(properties)},
                            {"additionalProperties", false}};
        if (!required.empty()) schema["required"] = std::move(required);
        return schema;
    }

    json::object take_definitions() { return std::move(definitions_); }

private:
    /// `prod:` with nothing behind it is an empty mapping.
    static json::value may_be_empty(const json::array& required) {
        if (required.empty()) return {"object", "null"};
        return "object";
    }

    static std::string title(const Shape& shape) {
        std::string name(shape.noun);
        for (const std::string_view article : {"a ", "an "}) {
            if (name.starts_with(article)) name = name.substr(article.size());
        }
        for (char& c : name) {
            if (c == ' ') c = '-';
        }
        return name;
    }

    json::object reference(const Shape& shape) {
        const std::string name = title(shape);
        if (!definitions_.contains(name)) {
            definitions_[name] = nullptr;  // keeps the order of first mention
            definitions_[name] = mapping(shape);
        }
        return {{"$ref", "#/$defs/" + name}};
    }

    json::object names(const Shape& shape) {
        return {{"type", {"object", "null"}},
                {"propertyNames", of(*shape.key)},
                {"additionalProperties", of(*shape.value)}};
    }

    json::object any(const Shape& shape) {
        json::array choices;
        for (const Shape* choice : shape.choices) choices.push_back(of(*choice));
        return {{"anyOf", std::move(choices)}};
    }

    json::object property(const plan::Key& key) {
        json::object schema;
        std::string description(key.description);
        if (!key.otherwise.empty()) description += fmt::format(" Default: {}.", key.otherwise);
        schema["description"] = description;
        for (auto& member : of(*key.shape)) schema[member.key()] = std::move(member.value());
        return schema;
    }

    json::object definitions_;
};

// --- layout --------------------------------------------------------------------------------------

template <class Container, class Print>
void print_members(const Container& members, char open, char close, unsigned indent,
                   std::string& out, Print print) {
    out += open;
    bool first = true;
    for (const auto& member : members) {
        out += first ? "\n" : ",\n";
        first = false;
        out.append(indent + 2, ' ');
        print(member);
    }
    if (!first) out += '\n' + std::string(indent, ' ');
    out += close;
}

void print(const json::value& value, unsigned indent, std::string& out) {
    if (const json::object* object = value.if_object()) {
        print_members(*object, '{', '}', indent, out, [&](const json::key_value_pair& member) {
            out += json::serialize(json::string(member.key())) + ": ";
            print(member.value(), indent + 2, out);
        });
    } else {
        out += json::serialize(value);
    }
}

}  // namespace

std::string plan_schema() {
    Schema schema;
    json::object root{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                      {"title", "A port plan of portolan"}};
    for (auto& member : schema.mapping(plan::plan_shape())) root[member.key()] = member.value();
    root["$defs"] = schema.take_definitions();
    std::string out;
    print(root, 0, out);
    return out + "\n";
}

}  // namespace portolan::source
