#include "source/plan_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <unordered_map>

namespace portolan::source::plan {
namespace {

/// Merging looks keys up by hash: a part may hold tens of thousands of hosts.
using Index = std::unordered_map<std::string_view, std::size_t>;

class Parts {
public:
    Parts(const FileReader& read_file, Arena& arena, Report& report, Pieces* pieces)
        : read_file_(read_file), arena_(arena), report_(report), pieces_(pieces) {}

    /// The plan itself; `from` is where an include names the file, nullptr for the plan.
    Node* read(const std::string& path, const Node* from) {
        const std::uint32_t file = report_.add_file(path);
        seen_.insert(path);
        auto text = read_file_(path);
        if (!text) return unreadable(path, file, from);
        Node* root = parse(std::move(*text), file);
        if (root == nullptr) return nullptr;
        if (root->form != Node::Form::mapping) return no_mapping(*root);
        if (from != nullptr) drop_zone(*root);
        chain_.push_back(path);
        const bool complete = include_all(*root, path);
        chain_.pop_back();
        return complete ? root : nullptr;
    }

private:
    Node* parse(std::string octets, std::uint32_t file) {
        const auto text = std::make_shared<const std::string>(std::move(octets));
        if (pieces_ != nullptr) {
            if (auto block = find_block(*text, "environments:", 1, 1))
                return parse_frame(text, std::move(*block), file, arena_, report_, *pieces_);
        }
        return parse_yaml(arena_, *text, file, report_).root;
    }

    Node* unreadable(const std::string& path, std::uint32_t file, const Node* from) {
        report_.error(from != nullptr ? from->place : registry::Place{file, 0, 0},
                      "unreadable-file", fmt::format("{} cannot be read", path),
                      "Check the path and its permissions");
        return nullptr;
    }

    Node* no_mapping(const Node& root) {
        report_.error(root.place, "wrong-type",
                      fmt::format("expected a plan, not {}", to_string(root.form)),
                      "Begin with \"zone: svc.corp.example\"");
        return nullptr;
    }

    void drop_zone(Node& part) {
        std::erase_if(part.entries, [&](const Node::Entry& entry) {
            if (entry.key->text != "zone") return false;
            report_.error(entry.key->place, "zone-in-part",
                          "an included file has a zone of its own",
                          "Remove zone: here, or serve the file as a plan instead of including it");
            return true;
        });
    }

    bool include_all(Node& root, const std::string& path) {
        Node* include = nullptr;
        for (const Node::Entry& entry : root.entries) {
            if (entry.key->text == "include") include = entry.value;
        }
        if (include == nullptr) return true;
        if (include->form == Node::Form::scalar) return include_one(root, path, *include);
        bool complete = true;
        if (include->form != Node::Form::sequence) return complete;  // the validator will say so
        for (const Node::Entry& entry : include->entries) {
            if (entry.value->form != Node::Form::scalar) continue;
            complete = include_one(root, path, *entry.value) && complete;
        }
        return complete;
    }

    bool include_one(Node& root, const std::string& path, const Node& named) {
        if (!named.valid || named.text.empty()) return true;
        const std::string target = beside(path, named.text);
        if (std::find(chain_.begin(), chain_.end(), target) != chain_.end()) {
            return loop(target, named);
        }
        if (seen_.contains(target)) return true;  // once is enough
        if (seen_.size() >= most_files) return too_many(named);
        const Node* part = read(target, &named);
        if (part == nullptr) return false;
        merge(root, *part, true);
        return true;
    }

    bool loop(const std::string& target, const Node& named) {
        std::string way;
        const auto first = std::find(chain_.begin(), chain_.end(), target);
        for (auto file = first; file != chain_.end(); ++file) way += *file + " includes ";
        report_.error(named.place, "include-loop",
                      fmt::format("an include loop: {}{}", way, target),
                      "Remove one of the includes");
        return false;
    }

    bool too_many(const Node& named) {
        report_.error(named.place, "too-many-files",
                      fmt::format("more than {} files in one plan", most_files), "Join some");
        return false;
    }

    void merge(Node& into, const Node& part, bool is_root) {
        Index index;
        for (std::size_t i = 0; i < into.entries.size(); ++i) {
            index.emplace(into.entries[i].key->text, i);
        }
        for (const Node::Entry& entry : part.entries) {
            if (is_root && entry.key->text == "include") continue;
            const auto there = index.find(entry.key->text);
            if (there == index.end()) {
                into.entries.push_back(entry);
            } else {
                merge_entry(into.entries[there->second], entry);
            }
        }
    }

    void merge_entry(Node::Entry& there, const Node::Entry& entry) {
        if (entry.value->form == Node::Form::null) return;
        if (there.value->form == Node::Form::null) {
            there = entry;
        } else if (there.value->form == Node::Form::mapping &&
                   entry.value->form == Node::Form::mapping) {
            Node* merged = &arena_.emplace_back(*there.value);  // an alias may share the old one
            merge(*merged, *entry.value, false);
            there.value = merged;
        } else {
            report_.error(entry.key->place, "duplicate-key",
                          fmt::format("{} is given in two files; first at {}", entry.key->text,
                                      report_.text(there.key->place)),
                          "Remove one of the two");
        }
    }

    static constexpr std::size_t most_files = 1000;
    const FileReader& read_file_;
    Arena& arena_;
    Report& report_;
    Pieces* pieces_;
    std::vector<std::string> chain_;  // from the plan to the file being read
    std::set<std::string> seen_;
};

}  // namespace

std::string beside(const std::string& from, const std::string& path) {
    const std::filesystem::path folder = std::filesystem::path(from).parent_path();
    return (folder / path).lexically_normal().string();
}

Node* read_with_parts(const std::string& path, const FileReader& read_file, Arena& arena,
                      Report& report, Pieces* pieces) {
    return Parts(read_file, arena, report, pieces).read(path, nullptr);
}

}  // namespace portolan::source::plan
