#include "portolan/source/text_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace portolan::source {
namespace {

class File : public TextSource {
public:
    explicit File(int descriptor) noexcept : descriptor_(descriptor) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() override { close(descriptor_); }

    std::optional<std::size_t> read(std::span<char> room) override {
        for (;;) {
            const auto count = ::read(descriptor_, room.data(), room.size());
            if (count >= 0) return static_cast<std::size_t>(count);
            if (errno != EINTR) return std::nullopt;
        }
    }

private:
    int descriptor_;
};

class Text : public TextSource {
public:
    explicit Text(std::string text) noexcept : text_(std::move(text)) {}

    std::optional<std::size_t> read(std::span<char> room) override {
        const auto count = std::min(room.size(), text_.size() - at_);
        std::memcpy(room.data(), text_.data() + at_, count);
        at_ += count;
        return count;
    }

private:
    std::string text_;
    std::size_t at_ = 0;
};

}  // namespace

TextSourcePtr open_file(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return nullptr;
    auto file = std::make_unique<File>(descriptor);
    struct stat status {};
    const bool is_text = fstat(descriptor, &status) == 0 && !S_ISDIR(status.st_mode);
    if (!is_text) return nullptr;
    return file;
}

TextSourcePtr open_text(std::string text) { return std::make_unique<Text>(std::move(text)); }

}  // namespace portolan::source
