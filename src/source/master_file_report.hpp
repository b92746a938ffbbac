// Findings of one reading, with a bound on how many are kept.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "portolan/registry/finding.hpp"

namespace portolan::source {

/// A place in one of the files of a reading.
struct FilePlace {
    std::uint32_t file = 0;  // index into MasterFile::files
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

class MasterFileReport {
public:
    explicit MasterFileReport(std::size_t limit) : limit_(limit) {}

    /// The index of a file, noted once.
    std::uint32_t file_index(const std::string& path);
    [[nodiscard]] const std::vector<std::string>& files() const noexcept { return files_; }

    void error(FilePlace at, std::string rule, std::string message, std::string cure) {
        add(registry::Severity::error, at, std::move(rule), std::move(message), std::move(cure));
    }
    void add(registry::Severity severity, FilePlace at, std::string rule, std::string message,
             std::string cure);
    [[nodiscard]] bool empty() const noexcept { return findings_.empty(); }
    /// "zone.txt:12", for messages that mention a second place.
    [[nodiscard]] std::string where(FilePlace at) const;

    /// All findings in file order, and a last one that counts those past the limit.
    registry::Findings take();

private:
    std::size_t limit_;
    std::vector<std::string> files_;
    registry::Findings findings_;
    std::array<std::size_t, 3> seen_{};  // by severity
    std::size_t dropped_ = 0;
    registry::Severity worst_dropped_ = registry::Severity::note;
};

}  // namespace portolan::source
