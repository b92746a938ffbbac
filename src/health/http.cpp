// The only file that knows Beast, of which it takes the parser and no more.
#include <fmt/format.h>

#include <algorithm>
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

/// A body of which the first octets are kept, however many it says it has.
struct FirstOctets {
    using value_type = std::string;
    class reader {
    public:
        template <bool is_request, class Fields>
        reader(http::header<is_request, Fields>&, value_type& kept) : kept_(kept) {}
        void init(const boost::optional<std::uint64_t>&, boost::system::error_code& error) {
            error = {};
        }
        template <class Buffers>
        std::size_t put(const Buffers& buffers, boost::system::error_code& error) {
            error = {};
            std::size_t octets = 0;
            for (auto at = boost::asio::buffer_sequence_begin(buffers);
                 at != boost::asio::buffer_sequence_end(buffers); ++at) {
                const boost::asio::const_buffer buffer = *at;
                const auto room = most_of_body - kept_.size();
                kept_.append(static_cast<const char*>(buffer.data()),
                             std::min(room, buffer.size()));
                octets += buffer.size();
            }
            return octets;
        }
        void finish(boost::system::error_code& error) { error = {}; }

    private:
        value_type& kept_;
    };
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
        heard_ += octets;
        while (true) {
            boost::system::error_code error;
            const auto taken = parser_->put(boost::asio::buffer(heard_), error);
            heard_.erase(0, taken);
            if (error && error != http::error::need_more) return no_http(error.message());
            if (auto found = judge()) return found;
            if (!is_interim()) {
                if (error == http::error::need_more || taken == 0) return std::nullopt;
                continue;
            }
            reset();  // RFC 9110 15.2: another response follows
            if (heard_.empty()) return std::nullopt;
        }
    }

    Observation hear_end() override {
        boost::system::error_code error;
        if (parser_->is_header_done()) parser_->put_eof(error);
        if (!parser_->is_header_done()) return no_http("the connection ended before the answer");
        if (error) return no_http("the connection ended inside the answer");
        return judge().value_or(Observation{Verdict::critical, "HTTP, but no answer"});
    }

private:
    using Parser = http::response_parser<FirstOctets>;

    void reset() {
        parser_.emplace();
        parser_->header_limit(most_of_header);
        parser_->body_limit(boost::none);  // FirstOctets has its own
        parser_->eager(true);
        parser_->skip(check_.method == "HEAD");
    }

    [[nodiscard]] unsigned status() const { return parser_->get().result_int(); }
    [[nodiscard]] bool is_interim() const { return parser_->is_header_done() && status() < 200; }

    std::optional<Observation> judge() const {
        if (!parser_->is_header_done() || is_interim()) return std::nullopt;
        const std::string said = fmt::format("HTTP {}", status());
        if (status() < check_.first_status || status() > check_.last_status) {
            const bool is_busy = status() == too_many_requests;
            return Observation{is_busy ? Verdict::warning : Verdict::critical, said};
        }
        if (check_.body.empty()) return Observation{Verdict::passing, said};
        const std::string& body = parser_->get().body();
        if (body.find(check_.body) != std::string::npos) {
            return Observation{Verdict::passing, said};
        }
        if (!parser_->is_done() && body.size() < most_of_body) return std::nullopt;
        return Observation{Verdict::critical, said + ", but not the text in its body"};
    }

    static Observation no_http(const std::string& why) {
        return {Verdict::critical, "no HTTP answer: " + why};
    }

    const registry::HttpCheck& check_;
    std::string words_;
    std::string heard_;  // and not yet taken by the parser
    std::optional<Parser> parser_;
};

}  // namespace

std::unique_ptr<Conversation> http_conversation(const registry::HttpCheck& check,
                                                const std::string& authority) {
    return std::make_unique<HttpConversation>(check, authority);
}

}  // namespace portolan::health
