// Puts the files of src/page/ into the program. The build makes page_files.inc, their list.
#include "api/page_files.hpp"

#include <array>

// clang-format off
#define PORTOLAN_PAGE_FILE(number, name, path)                      \
    __asm__(".pushsection .rodata\n"                                \
            "portolan_page_" #number ":\n"                          \
            ".incbin \"" path "\"\n"                                \
            "portolan_page_" #number "_end:\n"                      \
            ".byte 0\n"                                             \
            ".popsection\n"                                         \
            ".global portolan_page_" #number "\n"                   \
            ".global portolan_page_" #number "_end\n");             \
    extern "C" {                                                    \
    extern const char portolan_page_##number[];                     \
    extern const char portolan_page_##number##_end[];               \
    }
// clang-format on
#include "page_files.inc"
#undef PORTOLAN_PAGE_FILE

namespace portolan::api {

std::span<const PageFile> page_files() {
#define PORTOLAN_PAGE_FILE(number, name, path) \
    PageFile{name,                             \
             {portolan_page_##number,          \
              static_cast<std::size_t>(portolan_page_##number##_end - portolan_page_##number)}},
    static const std::array files{
#include "page_files.inc"
    };
#undef PORTOLAN_PAGE_FILE
    return files;
}

}  // namespace portolan::api
