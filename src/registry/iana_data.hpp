// The octets of data/iana-ports.tsv.
#pragma once

#include <string_view>

namespace portolan::registry::iana {

std::string_view table_text() noexcept;

}  // namespace portolan::registry::iana
