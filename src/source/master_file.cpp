// The grammar of RFC 1035 5.1 above the tokens: directives, owners, TTLs, classes and types.
#include "portolan/source/master_file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>
#include <utility>

#include "master_file_generate.hpp"
#include "master_file_records.hpp"
#include "master_file_report.hpp"
#include "master_file_tokens.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/dns/rdata.hpp"
#include "portolan/registry/suggest.hpp"

namespace portolan::source {
namespace {

using dns::Token;
using dns::Ttl;
using dns::Type;
using Tokens = std::span<const Token>;

std::string shown(std::string_view text) {
    constexpr std::size_t longest = 40;
    if (text.size() <= longest) return fmt::format("\"{}\"", text);
    return fmt::format("\"{}…\"", text.substr(0, longest));
}

bool same_word(std::string_view a, std::string_view b) noexcept {
    const auto folded = [](char c) { return dns::fold(static_cast<std::uint8_t>(c)); };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return folded(x) == folded(y); });
}

bool starts_with_digit(const Token& token) noexcept {
    return !token.text.empty() && token.text.front() >= '0' && token.text.front() <= '9';
}

/// IN, CH, HS, CS or CLASSnn.
bool is_class(const Token& token) noexcept {
    const auto text = token.text;
    if (token.quoted || text.size() < 2) return false;
    if (text == "IN") return true;
    if (text.size() == 2)
        return same_word(text, "IN") || same_word(text, "CH") || same_word(text, "HS") ||
               same_word(text, "CS");
    return text.size() > 5 && same_word(text.substr(0, 5), "CLASS") &&
           std::all_of(text.begin() + 5, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string suggest_type(std::string_view typed) {
    std::vector<std::string> mnemonics;
    for (std::uint16_t number = 1; number <= static_cast<std::uint16_t>(Type::caa); ++number) {
        auto text = dns::to_string(static_cast<Type>(number));
        if (!text.starts_with("TYPE") && !dns::is_meta(static_cast<Type>(number)))
            mnemonics.push_back(std::move(text));
    }
    const auto near = registry::closest(typed, {mnemonics.begin(), mnemonics.end()});
    if (near) return fmt::format("Did you mean {}?", *near);
    return "Write [owner] [TTL] [IN] TYPE data; an unknown type is written TYPEnnn \\# length hex.";
}

/// Tells the types that a file mostly has apart.
std::size_t recent_type_slot(std::string_view text) noexcept {
    if (text.empty()) return 0;
    return 7 * text.size() + 3U * static_cast<std::uint8_t>(text.front()) +
           static_cast<std::uint8_t>(text.back());
}

/// What stands between a record's owner and its data.
struct Head {
    std::optional<Ttl> ttl;
    const Token* type_token = nullptr;
    Type type{};
    std::size_t size = 0;  // tokens
};

/// One file being read.
struct OpenFile {
    std::uint32_t index = 0;
    dns::Name origin;
    bool has_owner = false;
    bool owner_is_bad = false;  // said already; records that repeat it are passed over
    std::string owner_text;     // of the owner at hand, when it may be compared with
};

class MasterFileReading {
public:
    MasterFileReading(dns::NameView zone, std::optional<Ttl> default_ttl, const OpenText& open,
                      const MasterFileLimits& limits)
        : zone_(zone), default_ttl_(default_ttl), open_(open), limits_(limits),
          report_(limits.findings), records_(report_) {}

    MasterFile read(const std::string& path) {
        report_.file_index(path);
        const auto text = open_(path);
        if (text)
            read_text(path, *text, zone_);
        else
            report_.error({}, "unreadable-file", fmt::format("{} cannot be read", path),
                          "Check that the file exists and may be read.");
        MasterFile result;
        result.records = records_.take();
        if (result.records.empty() && report_.empty())
            report_.add(registry::Severity::warning, {}, "empty-file", "the file holds no record",
                        "Check that it was written whole.");
        result.findings = report_.take();
        result.files = report_.files();
        return result;
    }

private:
    void read_text(const std::string& path, TextSource& text, dns::NameView origin);
    bool read_step(MasterFileTokens& lines, MasterFileEntry& entry);
    void read_entry(const MasterFileEntry& entry);
    void read_directive(Tokens tokens);
    void read_origin(Tokens tokens);
    void read_ttl(Tokens tokens);
    void read_include(Tokens tokens);
    void read_generate(Tokens tokens);
    bool generate_one(std::string_view owner, std::string_view data, const Head& head, Ttl ttl,
                      std::int64_t number);
    void read_record(Tokens tokens, bool indented);
    void set_owner(dns::NameView owner) {
        records_.set_owner(owner);
        owner_is_inside_ = owner.is_at_or_below(zone_);
    }
    bool read_owner(const Token& token);
    std::optional<Head> read_head(Tokens tokens);
    bool read_type(const Token& token, Head& head);
    std::optional<Ttl> ttl_of(const Token& token);
    std::optional<Ttl> ttl_or_default(const Head& head);
    bool add_record(const Head& head, Ttl ttl, Tokens data);
    std::optional<dns::Name> name_of(const Token& token, std::string_view what);
    bool has_arguments(Tokens tokens, std::size_t least, std::size_t most, std::string_view form);
    bool include_loops(const std::string& path, const Token& token);

    [[nodiscard]] FilePlace place(std::uint32_t line, std::uint32_t column) const noexcept {
        return generating_ ? *generating_ : FilePlace{file_.index, line, column};
    }
    [[nodiscard]] FilePlace place(const Token& token) const noexcept {
        return place(token.line, token.column);
    }
    /// The place behind the last token, for what is missing there.
    [[nodiscard]] FilePlace place_behind(const Token& token) const noexcept {
        const auto width = token.text.size() + (token.quoted ? 2 : 0);
        return place(token.line, token.column + static_cast<std::uint32_t>(width));
    }
    void error(FilePlace at, std::string rule, std::string message, std::string cure) {
        if (generating_) message += fmt::format(" (where $ is {})", generated_number_);
        report_.error(at, std::move(rule), std::move(message), std::move(cure));
    }

    dns::Name zone_;
    std::optional<Ttl> default_ttl_;  // $TTL
    std::optional<Ttl> recent_ttl_;   // the last one written in a record
    bool missing_ttl_said_ = false;
    const OpenText& open_;
    MasterFileLimits limits_;
    MasterFileReport report_;
    MasterFileRecords records_;
    OpenFile file_;
    bool owner_is_inside_ = false;
    std::vector<std::string> open_paths_;
    std::size_t includes_ = 0;
    std::size_t generated_ = 0;
    std::optional<FilePlace> generating_;  // the $GENERATE line being expanded
    std::int64_t generated_number_ = 0;
    struct RecentType {
        std::string text;
        Type type{};
    };
    std::array<RecentType, 16> recent_types_;  // by their texts
};

void MasterFileReading::read_text(const std::string& path, TextSource& text, dns::NameView origin) {
    file_ = {report_.file_index(path), dns::Name(origin), false, false, {}};
    open_paths_.push_back(std::filesystem::path(path).lexically_normal().string());
    MasterFileTokens lines(text, limits_.window);
    MasterFileEntry entry;
    while (read_step(lines, entry)) {
    }
    open_paths_.pop_back();
}

/// False at the end of the text.
bool MasterFileReading::read_step(MasterFileTokens& lines, MasterFileEntry& entry) {
    const auto step = lines.next(entry);
    const auto& fault = lines.fault();
    switch (step) {
        case MasterFileTokens::Step::entry:
            read_entry(entry);
            return true;
        case MasterFileTokens::Step::fault:
            error(place(fault.line, fault.column), "syntax", fault.message, fault.cure);
            return true;
        case MasterFileTokens::Step::not_text:
            error(place(fault.line, fault.column), "not-text", fault.message, fault.cure);
            return false;
        case MasterFileTokens::Step::unreadable:
            error(place(0, 0), "unreadable-file",
                  fmt::format("{} cannot be read to its end", open_paths_.back()),
                  "Check the file system.");
            return false;
        case MasterFileTokens::Step::end:
            break;
    }
    return false;
}

void MasterFileReading::read_entry(const MasterFileEntry& entry) {
    const auto& first = entry.tokens.front();
    if (!entry.indented && !first.quoted && first.text.starts_with('$'))
        read_directive(entry.tokens);
    else
        read_record(entry.tokens, entry.indented);
}

// -- directives ----------------------------------------------------------------------------------

void MasterFileReading::read_directive(Tokens tokens) {
    const auto& word = tokens.front();
    if (same_word(word.text, "$ORIGIN")) return read_origin(tokens);
    if (same_word(word.text, "$TTL")) return read_ttl(tokens);
    if (same_word(word.text, "$INCLUDE")) return read_include(tokens);
    if (same_word(word.text, "$GENERATE")) return read_generate(tokens);
    const auto near = registry::closest(word.text, {"$ORIGIN", "$TTL", "$INCLUDE", "$GENERATE"});
    error(place(word), "unknown-directive", fmt::format("{} is not a directive", shown(word.text)),
          near ? fmt::format("Did you mean {}?", *near)
               : "Use $ORIGIN, $TTL, $INCLUDE or $GENERATE; write \\$ for a name that begins so.");
}

bool MasterFileReading::has_arguments(Tokens tokens, std::size_t least, std::size_t most,
                                      std::string_view form) {
    const auto count = tokens.size() - 1;
    if (count >= least && count <= most) return true;
    const auto at = count < least ? place_behind(tokens.back()) : place(tokens[most + 1]);
    error(at, "directive-arguments",
          fmt::format("{} has too {} words behind it", tokens.front().text,
                      count < least ? "few" : "many"),
          fmt::format("Write {}.", form));
    return false;
}

void MasterFileReading::read_origin(Tokens tokens) {
    if (!has_arguments(tokens, 1, 1, "$ORIGIN name")) return;
    const auto name = name_of(tokens[1], "origin");
    if (!name) return;
    file_.origin = *name;
    file_.owner_text.clear();
}

void MasterFileReading::read_ttl(Tokens tokens) {
    if (!has_arguments(tokens, 1, 1, "$TTL seconds")) return;
    if (const auto ttl = ttl_of(tokens[1])) default_ttl_ = ttl;
}

/// Whether the file is open already; the finding shows the way round.
bool MasterFileReading::include_loops(const std::string& path, const Token& token) {
    const auto found = std::find(open_paths_.begin(), open_paths_.end(), path);
    if (found == open_paths_.end()) return false;
    std::string way;
    for (auto at = found; at != open_paths_.end(); ++at) way += *at + " -> ";
    error(place(token), "include-loop", fmt::format("$INCLUDE goes round: {}{}", way, path),
          "Remove one of these $INCLUDE lines.");
    return true;
}

void MasterFileReading::read_include(Tokens tokens) {
    namespace fs = std::filesystem;
    if (!has_arguments(tokens, 1, 2, "$INCLUDE file [origin]")) return;
    auto origin = file_.origin;
    if (tokens.size() == 3) {
        const auto name = name_of(tokens[2], "origin");
        if (!name) return;
        origin = *name;
    }
    const auto folder = fs::path(open_paths_.back()).parent_path();
    const auto path = (folder / fs::path(tokens[1].text)).lexically_normal().string();
    if (include_loops(path, tokens[1])) return;
    if (open_paths_.size() >= limits_.include_depth || ++includes_ > limits_.includes)
        return error(place(tokens[1]), "too-many-includes",
                     fmt::format("more than {} files inside each other, or {} in all, are not read",
                                 limits_.include_depth, limits_.includes),
                     "Include fewer files.");
    const auto text = open_(path);
    if (!text)
        return error(place(tokens[1]), "unreadable-file", fmt::format("{} cannot be read", path),
                     "Check that the file exists and may be read.");
    // What the included file does to origin and owner ends with it (RFC 1035 5.1).
    const auto owner = dns::Name(records_.owner());
    const auto outer = std::exchange(file_, {});
    read_text(path, *text, origin);
    file_ = outer;
    set_owner(owner);
}

void MasterFileReading::read_generate(Tokens tokens) {
    constexpr auto form = "$GENERATE start-stop[/step] owner [TTL] [IN] TYPE data";
    if (!has_arguments(tokens, 4, tokens.size(), form)) return;
    const auto range = parse_generate_range(tokens[1].text);
    if (!range)
        return error(place(tokens[1]), "generate", range.error(), fmt::format("Write {}.", form));
    generated_ += range->count();
    if (generated_ > limits_.generated)
        return error(place(tokens[1]), "generate",
                     fmt::format("this makes {} records; all $GENERATE lines together make at most "
                                 "{}",
                                 range->count(), limits_.generated),
                     "Make the range smaller.");
    const auto head = read_head(tokens.subspan(3));
    if (!head) return;
    const auto ttl = ttl_or_default(*head);
    if (!ttl) return;
    const auto data_tokens = tokens.subspan(3 + head->size);
    std::string data;
    for (const auto& token : data_tokens) {  // one quoted word is the whole data, as in BIND
        const bool keep_quotes = token.quoted && data_tokens.size() > 1;
        const auto* quote = keep_quotes ? "\"" : "";
        data += fmt::format("{0}{1}{0} ", quote, token.text);
    }
    const auto owner = dns::Name(records_.owner());
    generating_ = place(tokens.front());
    for (auto number = range->start; number <= range->stop; number += range->step)
        if (!generate_one(tokens[2].text, data, *head, *ttl, number)) break;
    generating_.reset();
    set_owner(owner);
    file_.owner_text.clear();
}

/// False when the line went wrong, so that one mistake is said once.
bool MasterFileReading::generate_one(std::string_view owner, std::string_view data,
                                     const Head& head, Ttl ttl, std::int64_t number) {
    constexpr auto cure = "Correct the $GENERATE line.";
    generated_number_ = number;
    std::string owner_text, data_text;
    auto why = expand_generate(owner, number, owner_text);
    if (why.empty()) why = expand_generate(data, number, data_text);
    if (!why.empty()) {
        error(*generating_, "generate", std::move(why), cure);
        return false;
    }
    file_.owner_text.clear();
    if (!read_owner({owner_text, false, 0, 0})) return false;
    MasterFileTokens lines(data_text);
    MasterFileEntry entry;
    const auto step = lines.next(entry);
    if (step == MasterFileTokens::Step::fault) {
        error(*generating_, "generate", lines.fault().message, cure);
        return false;
    }
    return add_record(head, ttl, entry.tokens);
}

// -- records -------------------------------------------------------------------------------------

void MasterFileReading::read_record(Tokens tokens, bool indented) {
    if (indented) {
        if (!file_.has_owner)
            return error(place(tokens.front()), "no-owner",
                         "this record has no owner, and there is none before it to repeat",
                         "Write the owner at the start of the line (@ for the zone itself).");
    } else {
        file_.has_owner = true;
        file_.owner_is_bad = !read_owner(tokens.front());
        if (tokens.size() == 1)
            return error(place_behind(tokens.front()), "no-type", "the record ends before its type",
                         "Write owner [TTL] [IN] TYPE data.");
        tokens = tokens.subspan(1);
    }
    if (file_.owner_is_bad) return;
    const auto head = read_head(tokens);
    if (!head) return;
    const auto ttl = ttl_or_default(*head);
    if (ttl) add_record(*head, *ttl, tokens.subspan(head->size));
}

std::optional<dns::Name> MasterFileReading::name_of(const Token& token, std::string_view what) {
    auto name = dns::parse_name(token.text, file_.origin);
    if (name) return *name;
    error(place(token), "bad-name",
          fmt::format("{} {} is not a domain name: {}", what, shown(token.text),
                      name.error().message),
          "Write labels of 1 to 63 octets with dots between, 255 octets in all.");
    return std::nullopt;
}

/// Makes the token's name the owner of what follows.
bool MasterFileReading::read_owner(const Token& token) {
    if (!token.text.empty() && token.text == file_.owner_text) return true;
    const auto name = name_of(token, "owner");
    if (!name) return false;
    set_owner(*name);
    file_.owner_text = token.text;
    return true;
}

/// [TTL] [class] type, the first two in either order (RFC 1035 5.1).
std::optional<Head> MasterFileReading::read_head(Tokens tokens) {
    Head head;
    bool has_class = false;
    for (const auto& token : tokens) {
        ++head.size;
        if (!head.ttl && starts_with_digit(token)) {
            head.ttl = ttl_of(token);
            if (!head.ttl) return std::nullopt;
        } else if (!has_class && is_class(token)) {
            has_class = true;
            if (token.text == "IN" || same_word(token.text, "IN") ||
                same_word(token.text, "CLASS1"))
                continue;
            error(place(token), "class", fmt::format("class {} is not served", token.text),
                  "Write IN, or leave the class out.");
            return std::nullopt;
        } else {
            return read_type(token, head) ? std::optional(head) : std::nullopt;
        }
    }
    error(place_behind(tokens.back()), "no-type", "the record ends before its type",
          "Write [owner] [TTL] [IN] TYPE data.");
    return std::nullopt;
}

bool MasterFileReading::read_type(const Token& token, Head& head) {
    head.type_token = &token;
    auto& recent = recent_types_[recent_type_slot(token.text) % recent_types_.size()];
    if (token.text == recent.text && !recent.text.empty()) {
        head.type = recent.type;
        return true;
    }
    if (token.quoted || !dns::parse_type(token.text, head.type)) {
        error(place(token), "unknown-type", fmt::format("{} is not an RR type", shown(token.text)),
              suggest_type(token.text));
        return false;
    }
    if (dns::is_meta(head.type) || head.type == Type{}) {
        error(place(token), "meta-type",
              fmt::format("{} exists in messages only, not in a zone", dns::to_string(head.type)),
              "Remove the record.");
        return false;
    }
    if (head.type == Type::md || head.type == Type::mf)
        report_.add(registry::Severity::warning, place(token), "obsolete-type",
                    fmt::format("{} is obsolete since RFC 973, and BIND refuses a zone that has it",
                                dns::to_string(head.type)),
                    "Write MX instead.");
    recent = {std::string(token.text), head.type};
    return true;
}

std::optional<Ttl> MasterFileReading::ttl_of(const Token& token) {
    const auto seconds = dns::parse_seconds(token.text);
    if (seconds && *seconds <= dns::max_ttl.seconds) return Ttl{*seconds};
    error(place(token), "ttl",
          fmt::format("{} is not a TTL from 0 to {} seconds (RFC 2181 8)", shown(token.text),
                      dns::max_ttl.seconds),
          "Write seconds, or units as in 1h30m.");
    return std::nullopt;
}

/// The record's own TTL, or $TTL (RFC 2308 4), or the last one written (RFC 1035 5.1).
std::optional<Ttl> MasterFileReading::ttl_or_default(const Head& head) {
    if (head.ttl) return recent_ttl_ = head.ttl;
    if (default_ttl_) return default_ttl_;
    if (recent_ttl_) return recent_ttl_;
    if (!missing_ttl_said_)
        error(place(*head.type_token), "no-ttl",
              "this record has no TTL, and there is no $TTL before it",
              "Write $TTL 3600 at the start of the file, or a TTL in the record.");
    missing_ttl_said_ = true;
    return std::nullopt;
}

bool MasterFileReading::add_record(const Head& head, Ttl ttl, Tokens data) {
    const auto at = place(*head.type_token);
    if (!owner_is_inside_) {
        error(at, "outside-the-zone",
              fmt::format("{} is not in the zone {}", dns::to_text(records_.owner()),
                          dns::to_text(zone_)),
              "Move the record to its own zone's file, or check $ORIGIN and the final dot.");
        return false;
    }
    if (head.type == Type::soa && records_.owner() != zone_.view()) {
        error(at, "soa-below-the-apex",
              fmt::format("{} has an SOA, but the zone's apex is {}",
                          dns::to_text(records_.owner()), dns::to_text(zone_)),
              "Write the SOA at the apex only.");
        return false;
    }
    const auto start = records_.octets().size();
    const auto wrong = dns::append_rdata(head.type, data, file_.origin, records_.octets());
    if (!wrong) {
        records_.add(head.type, ttl, start, at);
        return true;
    }
    const auto& last = data.empty() ? *head.type_token : data.back();
    const auto names = dns::field_names(head.type);
    error(wrong->token < data.size() ? place(data[wrong->token]) : place_behind(last),
          "record-data", wrong->message,
          names.empty()
              ? fmt::format("Write {} \\# length octets-in-hex.", dns::to_string(head.type))
              : fmt::format("Write {} {}.", dns::to_string(head.type), names));
    return false;
}

}  // namespace

MasterFile read_master_file(const std::string& path, dns::NameView zone,
                            std::optional<dns::Ttl> default_ttl, const OpenText& open,
                            const MasterFileLimits& limits) {
    return MasterFileReading(zone, default_ttl, open, limits).read(path);
}

}  // namespace portolan::source
