#include <fmt/format.h>

#include <algorithm>

#include "source/plan_build.hpp"

namespace portolan::source::plan {
namespace {

using registry::Convention;
using registry::FieldKind;
using registry::Pattern;
using registry::PortType;

// --- pattern -------------------------------------------------------------------------------------

/// One run of the pattern: a letter's, or a single digit.
struct Run {
    std::string text;
    unsigned scale = 1;
    [[nodiscard]] bool is_digit() const { return text[0] >= '0' && text[0] <= '9'; }
};

std::vector<Run> runs_of(const std::string& pattern) {
    std::vector<Run> runs;
    for (const char c : pattern) {
        for (Run& run : runs) run.scale *= 10;
        if (!runs.empty() && runs.back().text[0] == c && !runs.back().is_digit()) {
            runs.back().text += c;
            runs.back().scale = 1;
        } else {
            runs.push_back({std::string(1, c), 1});
        }
    }
    return runs;
}

FieldKind field_kind(const std::string& word) {
    if (word == "instance") return FieldKind::instance;
    return word == "application" ? FieldKind::application : FieldKind::type;
}

void refuse_unknown_letters(const Node& fields, const std::vector<Run>& runs, const Node& pattern,
                            Report& report) {
    for_each_valid(fields, [&](const Node& key, const Node&) {
        std::string cure = "Remove it";
        for (const Run& run : runs) {
            if (run.text == key.text) return;
            if (run.text[0] == key.text[0]) cure = fmt::format("Did you mean {}?", run.text);
        }
        report.error(key.place, "pattern-field",
                     fmt::format("the pattern {} has no field {}", pattern.text, key.text), cure);
    });
}

bool add_field(const Run& run, const Node& fields, Pattern& pattern, Report& report) {
    const Node* kind = valid_value(fields, run.text);
    if (kind == nullptr) {
        if (fields.find(run.text) != nullptr) return false;  // said already
        report.error(fields.place, "pattern-field",
                     fmt::format("fields does not say what {} of the pattern counts", run.text),
                     fmt::format("Add \"{}: instance\", application or type", run.text));
        return false;
    }
    if (pattern.field(field_kind(kind->text)) != nullptr) {
        report.error(kind->place, "pattern-field",
                     fmt::format("two fields of the pattern count the {}", kind->text),
                     "Give each its own: instance, application, type");
        return false;
    }
    pattern.fields.push_back(
        {field_kind(kind->text), static_cast<unsigned>(run.text.size()), run.scale});
    return true;
}

std::optional<Pattern> pattern_of(const Node& node, Report& report) {
    const Node* text = valid_value(node, "pattern");
    const Node* fields = valid_value(node, "fields");
    if (text == nullptr || fields == nullptr) return {};
    Pattern pattern;
    pattern.text = text->text;
    bool complete = true;
    const std::vector<Run> runs = runs_of(text->text);
    for (const Run& run : runs) {
        if (run.is_digit()) {
            pattern.literal += static_cast<unsigned>(run.text[0] - '0') * run.scale;
        } else {
            complete = add_field(run, *fields, pattern, report) && complete;
        }
    }
    refuse_unknown_letters(*fields, runs, *text, report);
    if (!complete) return {};
    return pattern;
}

// --- applications and types ----------------------------------------------------------------------

void add_application(const Node& key, const Node& value, Convention& convention,
                     CheckReader& checks) {
    registry::Application application;
    application.name = *read_label(key.text);
    application.place = key.place;
    const bool is_short = value.form == Node::Form::scalar;
    const auto id = is_short ? number(value) : number_of(value, "id");
    if (!id) return;
    application.id = *id;
    if (!is_short) {
        application.about = about_of(value);
        application.check = checks.read(value);
    }
    convention.applications.push_back(std::move(application));
}

void set_ids(const Node& node, PortType& type) {
    if (node.form == Node::Form::scalar) {
        type.id = number(node);
        return;
    }
    for_each_valid(node, [&](const Node& key, const Node& value) {
        type.ids.push_back({*read_label(key.text), number(value), key.place});
    });
}

/// What is not advertised is not probed, and nor is a group.
void refuse_check(const Node& node, const PortType& type, Report& report) {
    if (!type.check || *type.check == nullptr || (type.publish && !type.multicast)) return;
    report.error(node.find("check")->place, "check-of-nothing",
                 fmt::format("{} is {}, so it is not probed", type.name,
                             type.multicast ? "multicast" : "not published"),
                 "Remove the check, or write \"check: none\"");
}

void set_details(const Node& node, PortType& type, CheckReader& checks, Report& report) {
    if (const Node* id = valid_value(node, "id")) set_ids(*id, type);
    type.protocol = protocol_of(node, registry::Protocol::tcp);
    type.publish = flag_of(node, "publish", true);
    type.multicast = flag_of(node, "multicast", false);
    type.across = flag_of(node, "union", false);
    type.browse = browse_of(node);
    type.instance = number_of(node, "instance");
    type.when_empty = when_empty_of(node);
    type.about = about_of(node);
    type.check = checks.read(node);
    type.health = health_terms_of(node);
    refuse_check(node, type, report);
}

void add_type(const Node& key, const Node& value, Convention& convention, CheckReader& checks,
              Report& report) {
    PortType type;
    type.name = *read_label(key.text);
    type.place = key.place;
    if (value.form == Node::Form::scalar) {
        type.id = number(value);
    } else {
        set_details(value, type, checks, report);
    }
    if (type.id || !type.ids.empty()) convention.types.push_back(std::move(type));
}

}  // namespace

void build_convention(const Node& node, registry::Plan& plan, CheckReader& checks, Report& report) {
    auto pattern = pattern_of(node, report);
    if (!pattern) return;
    Convention convention;
    convention.place = node.place;
    convention.pattern = std::move(*pattern);
    convention.pattern_place = node.find("pattern")->place;
    if (const Node* bounds = valid_value(node, "bounds")) {
        convention.bounds = *read_port_range(bounds->text);
    }
    if (const Node* instances = valid_value(node, "instances")) {
        const auto range = *read_instances(instances->text);
        convention.first_instance = range.first;
        convention.last_instance = range.second;
    }
    if (const Node* applications = valid_value(node, "applications")) {
        for_each_valid(*applications, [&](const Node& key, const Node& value) {
            refuse_default(key, report);
            add_application(key, value, convention, checks);
        });
    }
    if (const Node* types = valid_value(node, "types")) {
        for_each_valid(*types, [&](const Node& key, const Node& value) {
            add_type(key, value, convention, checks, report);
        });
    }
    plan.convention = std::move(convention);
}

}  // namespace portolan::source::plan
