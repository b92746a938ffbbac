// Which files are plans: find_plans.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "portolan/source/plan_file.hpp"
#include "source/plan_parts.hpp"
#include "source/plan_tree.hpp"

namespace portolan::source {
namespace {

namespace fs = std::filesystem;
using registry::Severity;

bool is_yaml(const fs::path& path) {
    return path.extension() == ".yaml" || path.extension() == ".yml";
}

/// One YAML file of a folder.
struct Candidate {
    std::string path;
    bool has_zone = false;
    std::vector<std::string> includes;  // as paths
};

/// A line that begins with `zone:`, the way all but odd plans spell it.
bool has_zone_line(std::string_view text) {
    for (std::size_t at = text.find("zone:"); at != text.npos; at = text.find("zone:", at + 1)) {
        const std::string_view before = text.substr(0, at);
        if (at == 0 || before.back() == '\n' || before == "\xEF\xBB\xBF") return true;
    }
    return false;
}

std::vector<std::string> includes_of(const plan::Node& root, const std::string& path) {
    std::vector<std::string> includes;
    const plan::Node* include = root.find("include");
    if (include == nullptr) return includes;
    const auto add = [&](const plan::Node& node) {
        if (!node.text.empty()) includes.push_back(plan::beside(path, node.text));
    };
    add(*include);
    for (const auto& entry : include->entries) add(*entry.value);
    return includes;
}

/// Looks into the file: for a zone that is spelled oddly, and for includes.
void parse(Candidate& candidate) {
    const auto text = read_whole_file(candidate.path);
    if (!text) return;
    plan::Arena arena;
    plan::Report report;  // what is wrong with a plan is said when it is read
    const plan::Node* root =
        plan::parse_yaml(arena, *text, report.add_file(candidate.path), report).root;
    if (root == nullptr) return;
    candidate.has_zone = root->find("zone") != nullptr;
    candidate.includes = includes_of(*root, candidate.path);
}

class Finder {
public:
    void add(const std::string& name) {
        std::error_code error;
        if (fs::is_directory(name, error)) return add_folder(name);
        if (fs::exists(name, error)) return add_plan(name);
        found_.findings.push_back({Severity::error, "no-such-file", name, 0, 0,
                                   "no such file or folder", "Check the path"});
    }

    PlanPaths take() {
        std::sort(found_.paths.begin(), found_.paths.end());
        return std::move(found_);
    }

private:
    void add_plan(const std::string& path) {
        std::error_code error;
        const fs::path same = fs::weakly_canonical(path, error);
        if (known_.insert(error ? path : same.string()).second) found_.paths.push_back(path);
    }

    std::vector<std::string> yaml_files_of(const std::string& folder) {
        std::vector<std::string> paths;
        std::error_code error;
        for (fs::directory_iterator it(folder, error), end; !error && it != end;
             it.increment(error)) {
            if (is_yaml(it->path()))
                paths.push_back(
                    (fs::path(folder) / it->path().filename()).lexically_normal().string());
        }
        if (error) {
            found_.findings.push_back(
                {Severity::error, "unreadable-file", folder, 0, 0,
                 fmt::format("the folder cannot be read: {}", error.message()),
                 "Check its permissions"});
        }
        std::sort(paths.begin(), paths.end());
        return paths;
    }

    void add_folder(const std::string& folder) {
        const auto before = found_.findings.size();
        std::vector<Candidate> candidates;
        for (const std::string& path : yaml_files_of(folder)) {
            const auto text = read_whole_file(path);
            candidates.push_back({path, !text || has_zone_line(*text), {}});
        }
        // Where all are plans at first sight, none needs a second one here.
        if (!std::all_of(candidates.begin(), candidates.end(),
                         [](const Candidate& candidate) { return candidate.has_zone; })) {
            for (Candidate& candidate : candidates) parse(candidate);
        }
        const bool any = add_plans(candidates);
        if (any || found_.findings.size() > before) return;
        found_.findings.push_back({Severity::error, "no-plan", folder, 0, 0,
                                   "no plan in this folder: no *.yaml or *.yml with a zone",
                                   "Name a folder or a file that holds a plan"});
    }

    bool add_plans(const std::vector<Candidate>& candidates) {
        std::set<std::string> parts;
        for (const Candidate& candidate : candidates) {
            parts.insert(candidate.includes.begin(), candidate.includes.end());
        }
        bool any = false;
        for (const Candidate& candidate : candidates) {
            if (candidate.has_zone) {
                add_plan(candidate.path);
                any = true;
            } else if (!parts.contains(candidate.path)) {
                warn_of_stray(candidate.path);
            }
        }
        return any;
    }

    void warn_of_stray(const std::string& path) {
        found_.findings.push_back({Severity::warning, "stray-file", path, 0, 0,
                                   "neither a plan (it has no zone) nor included by one here",
                                   "Give it a zone:, include it, or move it away"});
    }

    PlanPaths found_;
    std::set<std::string> known_;
};

}  // namespace

PlanPaths find_plans(const std::vector<std::string>& files_or_folders) {
    Finder finder;
    for (const std::string& name : files_or_folders) finder.add(name);
    return finder.take();
}

}  // namespace portolan::source
