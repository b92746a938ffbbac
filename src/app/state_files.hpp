// Writing into the state folder, so that a crash leaves the old or the new and never a half.
#pragma once

#include <string>
#include <string_view>

namespace portolan::app {

/// False, with errno, when not all of it could be written.
bool write_all(int file, std::string_view text) noexcept;

/// Either the old file or the whole new one is there afterwards, whenever the power goes.
/// The file gets that mode.
bool replace_file(const std::string& folder, const std::string& path, std::string_view text,
                  unsigned mode = 0644);

/// What errno says, in words.
std::string system_reason();

}  // namespace portolan::app
