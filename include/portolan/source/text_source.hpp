// Text that is read from its beginning to its end and never held whole.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace portolan::source {

class TextSource {
public:
    virtual ~TextSource() = default;
    /// Fills the front of `room`, which is not empty, with octets that follow. Their number; 0 at
    /// the end; nullopt when they cannot be read.
    virtual std::optional<std::size_t> read(std::span<char> room) = 0;
};
using TextSourcePtr = std::unique_ptr<TextSource>;

/// Opens the text that a path names; nullptr when it cannot be read.
using OpenText = std::function<TextSourcePtr(const std::string& path)>;

/// A file of the file system.
TextSourcePtr open_file(const std::string& path);
/// A text at hand.
TextSourcePtr open_text(std::string text);

}  // namespace portolan::source
