#include "source/plan_fragments.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "source/plan_build.hpp"
#include "source/plan_places.hpp"
#include "source/plan_table.hpp"
#include "source/plan_validate.hpp"

namespace portolan::source::plan {
namespace {

using registry::Environment;
using EnvironmentPtr = std::shared_ptr<const Environment>;

const Shape& environments_shape() {
    static const Shape& shape =
        *std::ranges::find(plan_shape().keys, "environments", &Key::name)->shape;
    return shape;
}

bool is_block_mapping(const Node& node) {
    return node.form == Node::Form::mapping && !node.entries.empty() &&
           node.place == node.entries.front().key->place;  // a { stands before its first key
}

EnvironmentPtr read_fragment(const Fragment& fragment, std::uint32_t file, const Report& names) {
    Arena arena;
    Report report(names.files());
    const Document document =
        parse_yaml(arena, fragment.text, file, report, {fragment.line - 1, 1});
    Node* root = document.root;
    if (root == nullptr || document.has_anchors || !is_block_mapping(*root)) return nullptr;
    const registry::Place name{file, fragment.line, fragment.column};
    if (root->entries.size() != 1 || root->place != name) return nullptr;
    validate(*root, environments_shape(), report);
    if (!report.is_empty()) return nullptr;
    const Node::Entry& only = root->entries.front();
    return std::make_shared<const Environment>(environment_of(*only.key, *only.value));
}

EnvironmentPtr moved(const Environment& environment, std::uint32_t file, std::uint32_t line) {
    auto copy = std::make_shared<Environment>(environment);
    const std::uint32_t down = line - environment.place.line;  // modulo 2^32: up as well
    for_each_place(*copy, [&](registry::Place& place) {
        place.file = file;
        place.line += down;
    });
    return copy;
}

/// What is known of the text from the last reading; nullptr when nothing is.
EnvironmentPtr known(const PlanMemory::File* before, const Fragment& fragment, std::uint32_t file) {
    if (before == nullptr) return nullptr;
    const auto found = before->environments.find(fragment.text);
    if (found == before->environments.end()) return nullptr;
    const registry::Place& place = found->second->place;
    if (place == registry::Place{file, fragment.line, fragment.column}) return found->second;
    return moved(*found->second, file, fragment.line);
}

/// Calls `work(i)` for all i below `count`, on as many threads as pay.
template <class Work>
void in_parallel(std::size_t count, std::size_t threads, Work work) {
    std::atomic<std::size_t> next{0};
    const auto run = [&] {
        for (std::size_t i = next++; i < count; i = next++) work(i);
    };
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < threads; ++i) helpers.emplace_back(run);
    run();
}

std::size_t threads_for(std::size_t octets) {
    constexpr std::size_t octets_worth_a_thread = std::size_t{128} << 10;
    return std::clamp<std::size_t>(octets / octets_worth_a_thread, 1,
                                   std::max(std::thread::hardware_concurrency(), 1U));
}

}  // namespace

Node* parse_frame(std::shared_ptr<const std::string> text, Split split, std::uint32_t file,
                  Arena& arena, Report& report, Pieces& pieces) {
    const Document frame = parse_yaml(arena, split.frame, file, report);
    const Node* value = nullptr;
    if (frame.root != nullptr && !frame.has_anchors && is_block_mapping(*frame.root)) {
        const registry::Place place{file, split.line, 1};
        for (const Node::Entry& entry : frame.root->entries) {
            if (entry.key->place == place && entry.value->form == Node::Form::null)
                value = entry.value;
        }
    }
    if (value == nullptr || !pieces.empty()) {
        pieces.refuted = true;
    } else {
        pieces.text = std::move(text);
        pieces.file = file;
        pieces.fragments = std::move(split.fragments);
        pieces.environments = value;
    }
    return frame.root;
}

std::optional<registry::Environments> read_pieces(const Pieces& pieces, const Report& report,
                                                  const PlanMemory::File* before) {
    std::vector<EnvironmentPtr> read(pieces.fragments.size());
    std::vector<std::size_t> unknown;
    std::size_t octets = 0;
    for (std::size_t i = 0; i < read.size(); ++i) {
        read[i] = known(before, pieces.fragments[i], pieces.file);
        if (read[i] != nullptr) continue;
        unknown.push_back(i);
        octets += pieces.fragments[i].text.size();
    }
    in_parallel(unknown.size(), threads_for(octets), [&](std::size_t i) {
        const std::size_t at = unknown[i];
        read[at] = read_fragment(pieces.fragments[at], pieces.file, report);
    });
    registry::Environments environments;
    for (EnvironmentPtr& each : read) {
        if (each == nullptr || environments.find(each->name) != nullptr) return {};
        environments.push_back(std::move(each));
    }
    return environments;
}

PlanMemory::File remembered(const Pieces& pieces, const registry::Environments& environments) {
    PlanMemory::File file{pieces.text, {}};
    file.environments.reserve(pieces.fragments.size());
    for (std::size_t i = 0; i < pieces.fragments.size(); ++i)
        file.environments.emplace(pieces.fragments[i].text, environments.shared(i));
    return file;
}

}  // namespace portolan::source::plan
