// The files of the page, which are part of the program.
#pragma once

#include <span>
#include <string_view>

namespace portolan::api {

struct PageFile {
    std::string_view name;  // "index.html"
    std::string_view content;
};
/// All of src/page/, by name.
std::span<const PageFile> page_files();

}  // namespace portolan::api
