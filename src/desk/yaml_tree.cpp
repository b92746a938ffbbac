#include "desk/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>

namespace portolan::desk {
namespace {

constexpr std::size_t most_levels = 64;
constexpr std::size_t most_nodes = 1'000'000;

/// What the builder throws to stop.
struct Stop {
    Fault fault;
    registry::Place place;
};

registry::Place place_of(const YAML::Mark& mark) {
    if (mark.is_null()) return {};
    return {0, static_cast<std::uint32_t>(mark.line + 1),
            static_cast<std::uint32_t>(mark.column + 1)};
}

class Builder final : public YAML::EventHandler {
public:
    explicit Builder(YamlFile& file) : file_(file) {}

    void OnDocumentStart(const YAML::Mark&) override { anchors_.clear(); }
    void OnDocumentEnd() override { stack_.clear(); }
    void OnAnchor(const YAML::Mark&, const std::string&) override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(make(YamlNode::Form::null, mark, "", anchor));
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        YamlNode* node = make(YamlNode::Form::scalar, mark, tag, anchor);
        node->text = value;
        add(node);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end() || found->second.is_open)
            stop("an alias that leads nowhere, or into itself", mark);
        count(found->second.size, mark);
        if (stack_.size() + found->second.depth > most_levels) too_deep(mark);
        raise_depth(found->second.depth);
        add(found->second.node);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(YamlNode::Form::sequence, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(YamlNode::Form::mapping, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

private:
    struct Frame {
        YamlNode* node;
        const YamlNode* key = nullptr;
        YAML::anchor_t anchor = 0;
        std::size_t first = 0;  // count_ when it was opened
        std::size_t depth = 1;  // levels in it, itself included
    };
    struct Anchored {
        const YamlNode* node = nullptr;
        bool is_open = false;
        std::size_t size = 1;  // nodes, aliases followed
        std::size_t depth = 1;
    };

    [[noreturn]] static void stop(const char* what, const YAML::Mark& mark) {
        throw Stop{{what, "Give a file that is written by hand or by its own tool."},
                   place_of(mark)};
    }
    [[noreturn]] static void too_deep(const YAML::Mark& mark) { stop("nested too deeply", mark); }

    void count(std::size_t nodes, const YAML::Mark& mark) {
        count_ += nodes;
        if (count_ > most_nodes) stop("more than a million values", mark);
    }

    YamlNode* make(YamlNode::Form form, const YAML::Mark& mark, const std::string& tag,
                   YAML::anchor_t anchor) {
        count(1, mark);
        YamlNode& node = file_.nodes.emplace_back();
        node.form = form;
        node.place = place_of(mark);
        if (tag != "?" && tag != "!") node.tag = tag;
        if (anchor != 0) anchors_[anchor] = {&node, false, 1, 1};
        return &node;
    }

    void open(YamlNode::Form form, const YAML::Mark& mark, const std::string& tag,
              YAML::anchor_t anchor) {
        if (stack_.size() >= most_levels) too_deep(mark);
        const auto first = count_;
        YamlNode* node = make(form, mark, tag, anchor);
        if (anchor != 0) anchors_[anchor].is_open = true;
        stack_.push_back({node, nullptr, anchor, first});
    }

    void close() {
        const Frame frame = stack_.back();
        stack_.pop_back();
        if (frame.anchor != 0)
            anchors_[frame.anchor] = {frame.node, false, count_ - frame.first, frame.depth};
        raise_depth(frame.depth);
        add(frame.node);
    }

    void raise_depth(std::size_t below) {
        if (!stack_.empty()) stack_.back().depth = std::max(stack_.back().depth, below + 1);
    }

    void add(const YamlNode* node) {
        if (stack_.empty()) {
            if (node->form != YamlNode::Form::null) file_.documents.push_back(node);
            return;
        }
        Frame& top = stack_.back();
        if (top.node->is_sequence()) {
            top.node->entries.push_back({nullptr, node});
        } else if (top.key == nullptr) {
            top.key = node;
        } else {
            top.node->entries.push_back({top.key, node});
            top.key = nullptr;
        }
    }

    YamlFile& file_;
    std::vector<Frame> stack_;
    std::unordered_map<YAML::anchor_t, Anchored> anchors_;
    std::size_t count_ = 0;
};

/// Of a key written in the mapping itself; the last one.
const YamlNode* own_value(const YamlNode& mapping, std::string_view key) noexcept {
    for (auto each = mapping.entries.rbegin(); each != mapping.entries.rend(); ++each)
        if (each->key != nullptr && each->key->is_scalar() && each->key->text == key)
            return each->value;
    return nullptr;
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const noexcept {
    if (!is_mapping()) return nullptr;
    if (const auto* own = own_value(*this, key)) return own;
    const auto* merged = own_value(*this, "<<");  // levels end: an alias never leads into itself
    if (merged == nullptr || key == "<<") return nullptr;
    if (merged->is_mapping()) return merged->find(key);
    for (const auto& each : merged->entries)
        if (const auto* value = each.value->find(key)) return value;
    return nullptr;
}

std::string_view YamlNode::text_of(std::string_view key) const noexcept {
    const auto* value = find(key);
    return value != nullptr && value->is_scalar() ? std::string_view(value->text) : "";
}

YamlFile read_yaml(std::string_view text) {
    YamlFile file;
    Builder builder(file);
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const Stop& stop) {
        file.fault = stop.fault;
        file.fault_place = stop.place;
    } catch (const YAML::Exception& error) {
        file.fault = Fault{error.msg, "Correct its YAML; it may be half-written."};
        file.fault_place = place_of(error.mark);
    }
    return file;
}

}  // namespace portolan::desk
