// Importers by the name of their format.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "portolan/desk/imported.hpp"

namespace portolan::desk {

/// A file's whole text: UTF-8 without a byte order mark, not empty, without NUL; line ends may be
/// of any kind. `file` is its position in Imported::files.
struct SourceText {
    std::string_view text;
    std::uint32_t file = 0;
};

/// Adds the facts of a text, and what it skips, to `imported`. Never throws for bad input.
using ReadFacts = void (*)(const SourceText& source, Imported& imported);

struct ImportFormat {
    const char* name;     // "csv", for the command line
    const char* summary;  // what is read, a line for people
    ReadFacts read;
};

/// All formats, by name.
std::span<const ImportFormat> import_formats();
/// nullptr when there is none of that name.
const ImportFormat* find_import_format(std::string_view name);

/// Larger files are refused.
inline constexpr std::size_t max_import_octets = std::size_t{64} << 20;

/// Reads one file's text; what no format could take (nothing at all, octets that are no text) is
/// refused here, once for all formats.
void import_text(const ImportFormat& format, const std::string& file, std::string_view text,
                 Imported& imported);

}  // namespace portolan::desk
