// The only file that knows Beast, of which it takes the parser of headers and no more.
#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include "portolan/health/conversation.hpp"

namespace portolan::health {
namespace {

namespace http = boost::beast::http;
using registry::Verdict;

constexpr std::size_t most_of_body = 64 * 1024;
constexpr std::uint32_t most_of_header = 16 * 1024;
constexpr unsigned too_many_requests = 429;  // RFC 6585 4

/// A response's body, decoded as it comes (RFC 9112 6, 7.1); the first octets of it are kept.
/// Beast's parser has a body too, but asserts that nobody sends its last chunk octet by octet.
class Body {
public:
    enum class Form : std::uint8_t { none, sized, chunked, until_end };
    Body() = default;
    Body(Form form, std::uint64_t octets) : form_(form), left_(octets) {
        is_whole_ = form == Form::none || (form == Form::sized && octets == 0);
    }

    void take(std::string_view octets) {
        while (!octets.empty() && !is_whole_ && !is_damaged_) {
            octets.remove_prefix(form_ == Form::chunked && part_ != Part::data
                                     ? take_framing(octets.front())
                                     : take_data(octets));
        }
    }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] bool is_whole() const noexcept { return is_whole_; }
    [[nodiscard]] bool is_damaged() const noexcept { return is_damaged_; }
    [[nodiscard]] bool ends_with_connection() const noexcept { return form_ == Form::until_end; }

private:
    enum class Part : std::uint8_t { size, extension, data, end };  // of a chunk

    std::size_t take_data(std::string_view octets) {
        auto count = octets.size();
        if (form_ != Form::until_end) count = std::min<std::uint64_t>(count, left_);
        text_.append(octets.substr(0, std::min(count, most_of_body - text_.size())));
        left_ -= form_ == Form::until_end ? 0 : count;
        if (left_ == 0 && form_ == Form::sized) is_whole_ = true;
        if (left_ == 0 && form_ == Form::chunked) part_ = Part::end;
        return count;
    }

    std::size_t take_framing(char octet) {
        switch (part_) {
            case Part::size:
                take_size(octet);
                break;
            case Part::extension:
                if (octet == '\n') begin_data();
                break;
            default:
                if (octet == '\n') part_ = Part::size;
                if (octet != '\n' && octet != '\r') is_damaged_ = true;
        }
        return 1;
    }

    void take_size(char octet) {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto lower = octet >= 'A' && octet <= 'F' ? static_cast<char>(octet + 32) : octet;
        const auto value = digits.find(lower);
        if (value == std::string_view::npos) {
            is_damaged_ = digits_ == 0 || (octet != ';' && octet != ' ' && octet != '\t' &&
                                           octet != '\r' && octet != '\n');
            part_ = Part::extension;
            if (octet == '\n') begin_data();
            return;
        }
        if (++digits_ > most_digits) is_damaged_ = true;
        left_ = left_ * 16 + value;
    }

    /// What follows the last chunk, which has no octets, is of no matter.
    void begin_data() {
        digits_ = 0;
        part_ = Part::data;
        is_whole_ = left_ == 0;
    }

    static constexpr unsigned most_digits = 12;
    Form form_ = Form::none;
    Part part_ = Part::size;
    std::uint64_t left_ = 0;  // of the body, or of the chunk
    unsigned digits_ = 0;
    std::string text_;
    bool is_whole_ = false;
    bool is_damaged_ = false;
};

bool is_same_field(std::string_view a, std::string_view b) noexcept {
    return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

/// A line ends where it ends: nothing that a check was told may begin another one.
std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char each) { return each == '\r' || each == '\n'; }, ' ');
    return text;
}

std::string request(const registry::HttpCheck& check, const std::string& authority) {
    std::vector<std::pair<std::string, std::string>> fields = {
        {"Host", check.host.empty() ? authority : check.host},
        {"User-Agent", "portolan"},
        {"Accept", "*/*"},
        {"Connection", "close"},
    };
    for (const auto& [name, value] : check.headers) {
        const auto known = std::find_if(fields.begin(), fields.end(), [&](const auto& field) {
            return is_same_field(field.first, name);
        });
        if (known != fields.end()) {
            known->second = value;
        } else {
            fields.emplace_back(name, value);
        }
    }
    std::string text = one_line(
        fmt::format("{} {} HTTP/1.1", check.method, check.path.empty() ? "/" : check.path));
    text += "\r\n";
    for (const auto& [name, value] : fields) {
        text += one_line(fmt::format("{}: {}", name, value));
        text += "\r\n";
    }
    return text + "\r\n";
}

class HttpConversation final : public Conversation {
public:
    HttpConversation(const registry::HttpCheck& check, const std::string& authority)
        : check_(check), words_(request(check, authority)) {
        reset();
    }

    std::string take_words() override { return std::exchange(words_, {}); }

    std::optional<Observation> hear(std::string_view octets) override {
        if (parser_->is_header_done()) {
            body_.take(octets);
            return judge();
        }
        heard_ += octets;
        while (true) {
            boost::system::error_code error;
            heard_.erase(0, parser_->put(boost::asio::buffer(heard_), error));
            if (error == http::error::need_more) return std::nullopt;
            if (error) return no_http(error.message());
            if (!parser_->is_header_done()) return std::nullopt;
            if (status() >= 200) break;
            reset();  // an interim response, which another one follows (RFC 9110 15.2)
            if (heard_.empty()) return std::nullopt;
        }
        begin_body();
        body_.take(std::exchange(heard_, {}));
        return judge();
    }

    Observation hear_end() override {
        if (!parser_->is_header_done()) return no_http("the connection ended before the answer");
        if (!body_.ends_with_connection()) return no_http("the connection ended inside the answer");
        return *judge(true);
    }

private:
    using Parser = http::response_parser<http::buffer_body>;

    void reset() {
        parser_.emplace();
        parser_->header_limit(most_of_header);
        parser_->body_limit(boost::none);  // Body has its own
        parser_->eager(false);             // it stops behind the header
    }

    void begin_body() {
        using Form = Body::Form;
        const auto length = parser_->content_length();
        const bool has_none = check_.method == "HEAD" || status() == 204 || status() == 304;
        const Form form = has_none             ? Form::none
                          : parser_->chunked() ? Form::chunked
                          : length             ? Form::sized
                                               : Form::until_end;
        body_ = Body(form, form == Form::sized ? *length : 0);
    }

    [[nodiscard]] unsigned status() const { return parser_->get().result_int(); }

    [[nodiscard]] std::optional<Observation> judge(bool has_ended = false) const {
        const std::string said = fmt::format("HTTP {}", status());
        if (status() < check_.first_status || status() > check_.last_status) {
            const bool is_busy = status() == too_many_requests;
            return Observation{is_busy ? Verdict::warning : Verdict::critical, said};
        }
        if (check_.body.empty() || body_.text().find(check_.body) != std::string::npos) {
            return Observation{Verdict::passing, said};
        }
        if (body_.is_damaged()) return no_http("its chunks are damaged");
        if (!has_ended && !body_.is_whole() && body_.text().size() < most_of_body) {
            return std::nullopt;
        }
        return Observation{Verdict::critical, said + ", but not the text in its body"};
    }

    static Observation no_http(const std::string& why) {
        return {Verdict::critical, "no HTTP answer: " + why};
    }

    const registry::HttpCheck& check_;
    std::string words_;
    std::string heard_;  // and not yet taken by the parser
    std::optional<Parser> parser_;
    Body body_;
};

}  // namespace

std::unique_ptr<Conversation> http_conversation(const registry::HttpCheck& check,
                                                const std::string& authority) {
    return std::make_unique<HttpConversation>(check, authority);
}

}  // namespace portolan::health
