// Where the reader of plans puts what it finds.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "portolan/registry/finding.hpp"

namespace portolan::source::plan {

/// What is wrong with one value, before it is known where it stands.
struct Complaint {
    std::string message;
    std::string cure;
};

/// Collects findings and the names of the files that places point into. Says the same thing about
/// the same place once (aliases bring readers back to it), and stops after `most` findings: a
/// file that is no plan at all should not fill the screen.
class Report {
public:
    static constexpr std::size_t most = 200;

    Report() = default;
    /// For a piece of a file among these.
    explicit Report(std::vector<std::string> files) : files_(std::move(files)) {}

    /// The index of a new file, for Place::file.
    std::uint32_t add_file(std::string name);
    [[nodiscard]] const std::vector<std::string>& files() const noexcept { return files_; }
    [[nodiscard]] std::string text(const registry::Place& place) const;  // "file:line:column"

    void add(registry::Severity severity, registry::Place place, std::string rule,
             Complaint complaint);
    void error(const registry::Place& place, std::string rule, std::string message,
               std::string cure) {
        add(registry::Severity::error, place, std::move(rule),
            {std::move(message), std::move(cure)});
    }
    [[nodiscard]] bool has_errors() const noexcept { return has_errors_; }
    [[nodiscard]] bool is_empty() const noexcept { return findings_.empty(); }
    [[nodiscard]] bool is_full() const noexcept { return findings_.size() > most; }

    /// All findings, file by file, from the top down.
    registry::Findings take_findings();

private:
    std::vector<std::string> files_;
    std::multimap<registry::Place, registry::Finding>
        findings_;  // equal places in order of finding
    std::set<std::pair<registry::Place, std::string>> said_;
    bool has_errors_ = false;
};

}  // namespace portolan::source::plan
