// Single values as YAML.
#pragma once

#include <string>
#include <string_view>

namespace portolan::desk {

/// The text as a YAML scalar, plain where every reader takes it for a text, else in double quotes.
std::string yaml_text(std::string_view text);

}  // namespace portolan::desk
