// Holds a file's tree against the table of the plan language.
#pragma once

#include "source/plan_report.hpp"
#include "source/plan_table.hpp"
#include "source/plan_tree.hpp"

namespace portolan::source::plan {

/// Reports everything in `node` that the shape does not allow, and marks it invalid; what stays
/// valid can be read without further questions.
void validate(Node& node, const Shape& shape, Report& report);

/// The shape among `any`'s choices that has the node's form; the shape itself for all others.
/// nullptr when no choice has that form.
const Shape* chosen(const Shape& shape, const Node& node) noexcept;

}  // namespace portolan::source::plan
