#include "source/plan_tree.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <istream>
#include <optional>
#include <streambuf>
#include <unordered_map>

#include "portolan/registry/by_name.hpp"

namespace portolan::source::plan {
namespace {

using registry::Place;

// --- before YAML: octets -------------------------------------------------------------------------

/// Length of the UTF-8 sequence at the front (RFC 3629 4); 0 when it is none.
std::size_t utf8_length(std::string_view text) {
    const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto continues = [&](std::size_t i) {
        return i < text.size() && (octet(i) & 0xC0) == 0x80;
    };
    if (octet(0) < 0x80) return 1;
    if (octet(0) >= 0xC2 && octet(0) <= 0xDF) return continues(1) ? 2 : 0;
    if (octet(0) >= 0xE0 && octet(0) <= 0xEF) {
        if (!continues(1) || !continues(2)) return 0;
        const bool overlong = octet(0) == 0xE0 && octet(1) < 0xA0;
        const bool surrogate = octet(0) == 0xED && octet(1) > 0x9F;
        return overlong || surrogate ? 0 : 3;
    }
    if (octet(0) < 0xF0 || octet(0) > 0xF4) return 0;
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    const bool overlong = octet(0) == 0xF0 && octet(1) < 0x90;
    const bool beyond = octet(0) == 0xF4 && octet(1) > 0x8F;
    return overlong || beyond ? 0 : 4;
}

bool is_control(char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet < 0x20 && c != '\n' && c != '\r' && c != '\t') || octet == 0x7F;
}

Complaint bad_octet(std::string_view rest, bool is_text) {
    const auto octet = static_cast<unsigned char>(rest[0]);
    if (is_text) {
        return {fmt::format("control character 0x{:02x} in the text", octet), "Remove it"};
    }
    return {fmt::format("octet 0x{:02x} is not UTF-8", octet), "Save the file as UTF-8"};
}

/// The place behind a text; columns count characters.
Place place_after(std::string_view text, std::uint32_t file) {
    const auto lines = std::ranges::count(text, '\n');
    const std::string_view last = text.substr(text.rfind('\n') + 1);  // npos + 1 is 0
    const auto characters =
        std::ranges::count_if(last, [](char c) { return (c & '\xC0') != '\x80'; });
    return {file, static_cast<std::uint32_t>(lines + 1),
            static_cast<std::uint32_t>(characters + 1)};
}

/// Reports the first octet that no plan can hold. True when there is none.
bool check_octets(std::string_view text, std::uint32_t file, Report& report) {
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] >= ' ' && text[i] <= '~') {  // nearly all
            ++i;
            continue;
        }
        const std::size_t length = utf8_length(text.substr(i));
        if (length == 0 || is_control(text[i])) {
            report.add(registry::Severity::error, place_after(text.substr(0, i), file),
                       "plan-encoding", bad_octet(text.substr(i), length != 0));
            return false;
        }
        i += length;
    }
    return true;
}

// --- YAML's own complaints -----------------------------------------------------------------------

struct Cure {
    std::string_view message;  // a part of yaml-cpp's message
    std::string_view said;     // what we say instead; empty: the same
    std::string_view cure;
};

constexpr auto cures = std::to_array<Cure>({
    {"tab", "a tab in the indentation", "Indent with spaces"},
    {"end of map not found", "",
     "Look for a line that is indented less or more than its neighbours"},
    {"end of sequence not found", "", "Indent every \"- \" of the list alike"},
    {"end of map flow not found", "a { is never closed", "Close it with }"},
    {"end of sequence flow not found", "a [ is never closed", "Close it with ]"},
    {"illegal map value", "a second \": \" on one line, or a value where none can stand",
     "Put the value in quotes, or on a line of its own"},
    {"illegal block entry", "\"- \" where no list can stand", "Put the list on a line of its own"},
    {"illegal EOF in scalar", "a quoted text is never closed", "Close the quotes"},
    {"illegal document indicator", "--- or ... inside a quoted text", "Close the quotes"},
    {"unknown anchor", "an alias of an anchor that is not there",
     "Define the anchor (&name) before the alias (*name)"},
    {"the referenced anchor is not defined", "an alias of an anchor that is not there",
     "Define the anchor (&name) before the alias (*name)"},
    {"unknown escape", "an escape that YAML does not know",
     "Use single quotes, where a backslash is itself"},
    {"bad file", "nested too deeply", "A plan needs no more than a few levels"},
    {"unknown token", "a character that starts no value here (such as @, ` or %)",
     "Put the value in quotes"},
});

Complaint explain(const std::string& message) {
    for (const Cure& cure : cures) {
        if (message.find(cure.message) == std::string::npos) continue;
        const std::string_view said = cure.said.empty() ? std::string_view{message} : cure.said;
        return {std::string(said), std::string(cure.cure)};
    }
    return {message, "See YAML's rules; when in doubt, put the text in quotes"};
}

/// What the builder throws to stop: the document cannot be used.
struct Refusal {
    Place place;
    std::string rule;
    Complaint complaint;
};

// --- events to nodes -----------------------------------------------------------------------------

/// "010", "-07": eight or ten, by whom one asks.
bool looks_octal(std::string_view text) {
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    return text.size() > 1 && text[0] == '0' &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

class Builder final : public YAML::EventHandler {
public:
    Builder(Arena& arena, std::uint32_t file, Report& report, const Origin& origin)
        : arena_(arena), file_(file), report_(report), origin_(origin) {}

    [[nodiscard]] Node* root() const noexcept { return root_; }
    [[nodiscard]] bool has_anchors() const noexcept { return !anchors_.empty(); }
    /// The last quoted scalar: a quote that is never closed runs to the end of the file.
    [[nodiscard]] const Node* last_quoted() const noexcept { return last_quoted_; }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (root_ != nullptr) {
            throw Refusal{at(mark),
                          "several-documents",
                          {"a second document in one file",
                           "Remove the line ---, or make it a file of its own"}};
        }
    }
    void OnDocumentEnd() override {}
    void OnAnchor(const YAML::Mark&, const std::string&) override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(make(Node::Form::null, mark, anchor));
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        Node* node = make(Node::Form::scalar, mark, anchor);
        node->text = value;
        node->quoted = tag == "!";
        check_tag(tag, *node);
        if (node->quoted) last_quoted_ = node;
        if (!node->quoted) check_octal(*node);
        add(node);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const Anchored& target = anchors_.at(anchor);
        if (target.open) {
            throw Refusal{at(mark),
                          "alias-cycle",
                          {"an alias inside its own anchor has no end",
                           "Remove the alias, or write the value out"}};
        }
        grow(target, mark);
        add(target.node);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(Node::Form::sequence, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(Node::Form::mapping, mark, tag, anchor);
    }
    void OnMapEnd() override {
        drop_repeated(*stack_.back().node);
        close();
    }

private:
    struct Frame {
        Node* node = nullptr;
        Node* key = nullptr;  // of a mapping, waiting for its value
        bool has_key = false;
        YAML::anchor_t anchor = 0;
        std::size_t first = 0;  // count_ when it was opened
    };
    struct Anchored {
        Node* node = nullptr;
        bool open = false;
        std::size_t size = 1;  // nodes, aliases followed
    };

    [[nodiscard]] Place at(const YAML::Mark& mark) const {
        if (mark.is_null()) return {file_, 0, 0};
        return {file_, static_cast<std::uint32_t>(mark.line + 1) + origin_.lines_above,
                static_cast<std::uint32_t>(mark.column + 1)};
    }

    Node* make(Node::Form form, const YAML::Mark& mark, YAML::anchor_t anchor) {
        Node& node = arena_.emplace_back();
        node.form = form;
        node.place = at(mark);
        ++count_;
        if (anchor != 0) anchors_[anchor] = {&node, false, 1};
        return &node;
    }

    void open(Node::Form form, const YAML::Mark& mark, const std::string& tag,
              YAML::anchor_t anchor) {
        if (stack_.size() + origin_.levels_above >= max_plan_depth) throw too_deep(mark);
        const std::size_t first = count_;
        Node* node = make(form, mark, anchor);
        if (anchor != 0) anchors_[anchor].open = true;
        check_tag(tag, *node);
        stack_.push_back({node, nullptr, false, anchor, first});
    }

    void close() {
        const Frame frame = stack_.back();
        stack_.pop_back();
        if (frame.anchor != 0) anchors_[frame.anchor] = {frame.node, false, count_ - frame.first};
        add(frame.node);
    }

    void add(Node* node) {
        if (stack_.empty()) {
            root_ = node;
            return;
        }
        Frame& top = stack_.back();
        top.node->depth =
            std::max<std::uint16_t>(top.node->depth, static_cast<std::uint16_t>(node->depth + 1));
        if (top.node->form == Node::Form::sequence) {
            top.node->entries.push_back({nullptr, node});
        } else if (!top.has_key) {
            take_key(top, node);
        } else {
            if (top.key != nullptr) top.node->entries.push_back({top.key, node});
            top.has_key = false;
        }
    }

    /// A key that cannot be one is reported, and its value passed over.
    void take_key(Frame& frame, Node* node) {
        frame.has_key = true;
        frame.key = nullptr;
        if (node->form != Node::Form::scalar) {
            report_.error(node->place, "bad-key", fmt::format("{} as a key", to_string(node->form)),
                          "Write a name before the colon; in quotes when it is odd");
        } else if (node->text == "<<" && !node->quoted) {
            report_.error(node->place, "merge-key", "<< merge keys are not part of YAML 1.2",
                          "Write the keys out, or share them by include:");
        } else if (node->valid) {
            frame.key = node;
        }
    }

    void drop_repeated(Node& mapping) {
        auto& entries = mapping.entries;
        const auto text_at = [&](std::uint32_t i) -> std::string_view {
            return entries[i].key->text;
        };
        registry::NameIndex index;
        std::uint32_t kept = 0;
        for (const Node::Entry& entry : entries) {
            const std::uint32_t first = index.find(entry.key->text, kept, text_at);
            if (first == registry::NameIndex::none) {
                entries[kept] = entry;
                index.add(kept++, text_at);
                continue;
            }
            report_.error(entry.key->place, "duplicate-key",
                          fmt::format("{} is given twice; first at {}", entry.key->text,
                                      report_.text(entries[first].key->place)),
                          "Remove one of the two");
        }
        entries.resize(kept);
    }

    void check_tag(const std::string& tag, Node& node) {
        if (tag.empty() || tag == "?" || tag == "!") return;
        node.valid = false;
        report_.error(node.place, "yaml-tag", fmt::format("the tag {} is not used in plans", tag),
                      "Remove it");
    }

    void check_octal(Node& node) {
        if (!looks_octal(node.text)) return;
        node.valid = false;
        const std::size_t digit =
            std::min(node.text.find_first_not_of("+-0"), node.text.size() - 1);
        report_.error(
            node.place, "octal-number",
            fmt::format("{} is octal to some readers of YAML and decimal to others", node.text),
            fmt::format("Write {}, or quote it", node.text.substr(digit)));
    }

    void grow(const Anchored& target, const YAML::Mark& mark) {
        if (stack_.size() + target.node->depth > max_plan_depth) throw too_deep(mark);
        count_ += target.size;
        grown_ += target.size;
        if (grown_ > max_alias_growth) {
            throw Refusal{
                at(mark),
                "alias-growth",
                {"aliases of aliases repeat more than a million values", "Write the values out"}};
        }
    }

    [[nodiscard]] Refusal too_deep(const YAML::Mark& mark) const {
        return {at(mark),
                "plan-syntax",
                {fmt::format("nested more than {} levels deep", max_plan_depth),
                 "A plan needs no more than a few levels"}};
    }

    Arena& arena_;
    std::uint32_t file_;
    Report& report_;
    Origin origin_;
    Node* root_ = nullptr;
    const Node* last_quoted_ = nullptr;
    std::vector<Frame> stack_;
    std::unordered_map<YAML::anchor_t, Anchored> anchors_;
    std::size_t count_ = 0;  // nodes so far, aliases followed
    std::size_t grown_ = 0;  // … of which by aliases
};

// --- the whole -----------------------------------------------------------------------------------

/// The text from a place on; columns count octets, as yaml-cpp's do.
std::string_view text_from(std::string_view text, const Place& place, const Origin& origin) {
    for (std::uint32_t line = origin.lines_above + 1; line < place.line; ++line) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    return text.substr(std::min<std::size_t>(place.column - 1, text.size()));
}

/// Whether a quoted text that starts here has its closing quote; true for what is not quoted.
bool is_closed(std::string_view text) {
    if (text.empty() || (text[0] != '"' && text[0] != '\'')) return true;
    const char quote = text[0];
    for (std::size_t i = 1; i < text.size(); ++i) {
        const bool escapes = quote == '"' ? text[i] == '\\' : text.substr(i, 2) == "''";
        if (escapes) {
            ++i;
        } else if (text[i] == quote) {
            return true;
        }
    }
    return false;
}

/// Reads from memory without copying it once more.
class ViewBuffer final : public std::streambuf {
public:
    explicit ViewBuffer(std::string_view text) {
        char* begin = const_cast<char*>(text.data());  // streambuf's interface; never written to
        setg(begin, begin, begin + text.size());
    }
};

void build(std::string_view text, Builder& builder) {
    ViewBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
}

/// True when yaml-cpp could read all of it.
bool build_reporting(std::string_view text, std::uint32_t file, const Origin& origin,
                     Builder& builder, Report& report) {
    try {
        build(text, builder);
        return true;
    } catch (const Refusal& refusal) {
        report.add(registry::Severity::error, refusal.place, refusal.rule, refusal.complaint);
    } catch (const YAML::Exception& error) {
        Place place{file, 0, 0};
        if (!error.mark.is_null()) {
            place.line = static_cast<std::uint32_t>(error.mark.line + 1) + origin.lines_above;
            place.column = static_cast<std::uint32_t>(error.mark.column + 1);
        }
        report.add(registry::Severity::error, place, "plan-syntax", explain(error.msg));
    }
    return false;
}

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

const Node* Node::find(std::string_view key) const noexcept {
    for (const Entry& entry : entries) {
        if (entry.key != nullptr && entry.key->text == key) return entry.value;
    }
    return nullptr;
}

const char* to_string(Node::Form form) noexcept {
    switch (form) {
        case Node::Form::null:
            return "nothing";
        case Node::Form::scalar:
            return "a single value";
        case Node::Form::sequence:
            return "a list";
        case Node::Form::mapping:
            return "a mapping";
    }
    return "";
}

Document parse_yaml(Arena& arena, std::string_view text, std::uint32_t file, Report& report,
                    const Origin& origin) {
    if (text.size() > max_plan_octets) {
        report.error({file, 0, 0}, "plan-size",
                     fmt::format("{} MiB are more than the {} MiB that a plan may have",
                                 text.size() >> 20, max_plan_octets >> 20),
                     "Keep large bodies of records in a master file (records:)");
        return {};
    }
    std::string_view body = text;
    if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
    if (!check_octets(body, file, report)) return {};

    Builder builder(arena, file, report, origin);
    if (!build_reporting(body, file, origin, builder, report)) return {};
    if (const Node* last = builder.last_quoted();
        last != nullptr && !is_closed(text_from(body, last->place, origin))) {
        report.error(last->place, "plan-syntax", "a quoted text is never closed",
                     "Close the quotes");
        return {};
    }
    if (builder.root() == nullptr || builder.root()->form == Node::Form::null) {
        report.error({file, 0, 0}, "empty-plan", "the file holds no plan",
                     "Begin with \"zone: svc.corp.example\"");
        return {};
    }
    return {builder.root(), builder.has_anchors()};
}

}  // namespace portolan::source::plan
