// Puts data/iana-ports.tsv into the program. The build defines PORTOLAN_IANA_TABLE, its path.
#include "registry/iana_data.hpp"

// clang-format off
__asm__(".pushsection .rodata\n"
        "portolan_iana_table:\n"
        ".incbin \"" PORTOLAN_IANA_TABLE "\"\n"
        "portolan_iana_table_end:\n"
        ".byte 0\n"
        ".popsection\n"
        ".global portolan_iana_table\n"
        ".global portolan_iana_table_end\n");
// clang-format on

extern "C" {
extern const char portolan_iana_table[];
extern const char portolan_iana_table_end[];
}

namespace portolan::registry::iana {

std::string_view table_text() noexcept {
    return {portolan_iana_table,
            static_cast<std::size_t>(portolan_iana_table_end - portolan_iana_table)};
}

}  // namespace portolan::registry::iana
