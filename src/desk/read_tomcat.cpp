// Tomcat's server.xml: the port of <Server>, the port and redirectPort of each <Connector>, in all
// services. Properties (${http.port}) are reported, not guessed.
//
// Only tags and their attributes are read; comments, CDATA and processing instructions are stepped
// over. A file that ends inside a tag or a comment is half-written.
#include <fmt/format.h>

#include "desk/file_readers.hpp"

namespace portolan::desk {
namespace {

/// The text from its front, counting lines and columns.
class Cursor {
public:
    explicit Cursor(std::string_view text) : text_(text) {}
    [[nodiscard]] bool is_at_end() const noexcept { return text_.empty(); }
    [[nodiscard]] bool starts_with(std::string_view what) const noexcept {
        return text_.starts_with(what);
    }
    [[nodiscard]] char front() const noexcept { return text_.front(); }
    [[nodiscard]] registry::Place place() const noexcept { return {0, line_, column_}; }

    std::string_view take(std::size_t octets) {
        const auto taken = text_.substr(0, octets);
        for (const char c : taken) {
            ++column_;
            if (c != '\n') continue;
            ++line_;
            column_ = 1;
        }
        text_.remove_prefix(taken.size());
        return taken;
    }
    /// Up to the first of these characters, or the end.
    std::string_view take_until_any(std::string_view stops) {
        return take(std::min(text_.find_first_of(stops), text_.size()));
    }
    /// Past the mark; false when it never comes.
    bool pass(std::string_view mark) {
        const auto at = text_.find(mark);
        take(at == text_.npos ? text_.size() : at + mark.size());
        return at != text_.npos;
    }

private:
    std::string_view text_;
    std::uint32_t line_ = 1;
    std::uint32_t column_ = 1;
};

constexpr std::string_view blanks = " \t\r\n";

struct Attribute {
    std::string_view name, value;
    registry::Place place;  // of the value
};

struct Tag {
    std::string_view name;
    registry::Place place;
    std::vector<Attribute> attributes;
    [[nodiscard]] const Attribute* find(std::string_view wanted) const noexcept {
        for (const Attribute& each : attributes)
            if (each.name == wanted) return &each;
        return nullptr;
    }
    [[nodiscard]] std::string text_of(std::string_view wanted) const {
        const auto* found = find(wanted);
        return found == nullptr ? "" : std::string(found->value);
    }
};

/// Reads a tag's attributes to its end; false when the text ends before.
bool read_attributes(Cursor& cursor, Tag& tag) {
    while (true) {
        while (!cursor.is_at_end() && blanks.find(cursor.front()) != blanks.npos) cursor.take(1);
        if (cursor.is_at_end()) return false;
        if (cursor.starts_with(">") || cursor.starts_with("/>")) return cursor.pass(">");
        Attribute attribute;
        attribute.name = cursor.take_until_any("= \t\r\n/>");
        cursor.take_until_any("\"'>");
        if (cursor.is_at_end()) return false;
        if (cursor.front() == '>') continue;
        const auto quote = cursor.take(1);
        attribute.place = cursor.place();
        attribute.value = cursor.take_until_any(quote);
        if (cursor.is_at_end()) return false;
        cursor.take(1);
        tag.attributes.push_back(attribute);
    }
}

void add(FileReading& reading, PortUse use, const Attribute& port) {
    if (port.value == "-1") return;  // Tomcat's word for none
    use.place = port.place;
    if (port.value == "0") {
        use.undecided = Undecided::random;
        use.text = "0";
        reading.uses.push_back(std::move(use));
    } else {
        add_use(reading, std::move(use), port.value);
    }
}

void read_tag(FileReading& reading, const Tag& tag) {
    PortUse use;
    use.kind = UseKind::connector;
    if (tag.name == "Server") {
        use.name = "shutdown";
        use.host = tag.find("address") != nullptr ? tag.text_of("address") : "localhost";
        if (const auto* port = tag.find("port")) add(reading, use, *port);
    } else if (tag.name == "Connector") {
        const auto protocol = tag.text_of("protocol");
        const bool is_ajp = protocol.starts_with("AJP") || protocol.find(".ajp.") != protocol.npos;
        use.name = is_ajp ? "ajp" : tag.text_of("SSLEnabled") == "true" ? "https" : "http";
        use.host = tag.text_of("address");
        if (const auto* port = tag.find("port"))
            add(reading, use, *port);
        else
            skip(reading, tag.place, "a <Connector> without port", "Give it a port.");
    } else if (tag.name == "Receiver") {
        use.name = "repl";
        use.host = tag.text_of("address");
        if (const auto* port = tag.find("port")) add(reading, use, *port);
    }
}

/// Steps over what is no tag of an element; nullopt: it is one. False when it never ends.
std::optional<bool> pass_other(Cursor& cursor) {
    if (cursor.starts_with("<!--")) return cursor.pass("-->");
    if (cursor.starts_with("<![CDATA[")) return cursor.pass("]]>");
    if (cursor.starts_with("<?")) return cursor.pass("?>");
    if (cursor.starts_with("<!") || cursor.starts_with("</")) return cursor.pass(">");
    return std::nullopt;
}

}  // namespace

void read_tomcat(std::string_view text, FileReading& reading) {
    Cursor cursor(text);
    while (true) {
        cursor.take_until_any("<");
        if (cursor.is_at_end()) return;
        const auto place = cursor.place();
        bool is_whole = true;
        if (const auto passed = pass_other(cursor)) {
            is_whole = *passed;
        } else {
            cursor.take(1);
            Tag tag{cursor.take_until_any(" \t\r\n/>"), place, {}};
            is_whole = read_attributes(cursor, tag);
            if (is_whole) read_tag(reading, tag);
        }
        if (is_whole) continue;
        reading.refused = {place, "what begins here never ends",
                           "Close it; the file may be half-written."};
        return;
    }
}

}  // namespace portolan::desk
