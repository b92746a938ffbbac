#include "shape.hpp"

#include <CLI/CLI.hpp>

namespace portolan::cli {
namespace {

/// "TEXT:{human,json}" has two.
std::vector<std::string> choices_in(const std::string& type) {
    const auto open = type.find('{');
    const auto close = type.find('}', open);
    if (open == std::string::npos || close == std::string::npos) return {};
    return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

OptionShape shape_of(const CLI::Option& option) {
    OptionShape shape;
    shape.is_positional = option.get_positional();
    if (shape.is_positional) {
        shape.names.push_back(option.get_name(true));
    } else {
        for (const auto& each : option.get_snames()) shape.names.push_back("-" + each);
        for (const auto& each : option.get_lnames()) shape.names.push_back("--" + each);
    }
    if (option.get_items_expected_max() > 0) {
        const std::string type = option.get_type_name();
        shape.choices = choices_in(type);
        shape.value = type.substr(0, type.find_first_of(": "));
        if (type.starts_with("ADDR:")) shape.value = "ADDR:PORT";
    }
    shape.description = option.get_description();
    shape.otherwise = option.get_default_str();
    shape.is_required = option.get_required();
    shape.repeats = option.get_items_expected_max() > 1;
    return shape;
}

CommandShape shape_of(const CLI::App& app, const std::string& above) {
    CommandShape shape;
    shape.name = above + app.get_name();
    shape.description = app.get_description();
    shape.footer = app.get_footer();
    for (const auto* each : app.get_options()) shape.options.push_back(shape_of(*each));
    const auto all = [](const CLI::App*) { return true; };
    for (const auto* each : app.get_subcommands(all))
        shape.commands.push_back(shape_of(*each, shape.name + " "));
    return shape;
}

}  // namespace

CommandShape shape_of(const CLI::App& program) { return shape_of(program, ""); }

}  // namespace portolan::cli
