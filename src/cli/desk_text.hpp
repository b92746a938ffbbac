// The port desk's answers as people read them. They come as JSON (registry/desk.hpp), from the
// plans or from a running server, and look the same.
#pragma once

#include <boost/json/object.hpp>

namespace portolan::cli {

void print_answer(const boost::json::object& answer);
void print_found(const boost::json::object& found);

}  // namespace portolan::cli
