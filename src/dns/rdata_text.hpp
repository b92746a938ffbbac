// The tokens of one record's RDATA, taken from the left, with the first error remembered.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "portolan/dns/presentation.hpp"

namespace portolan::dns {

/// A cursor over tokens. Every reading function returns false after it has noted an error;
/// the caller just returns false in its turn.
class RdataText {
public:
    RdataText(Type type, std::span<const Token> tokens, NameView origin) noexcept
        : type_(type), tokens_(tokens), origin_(origin) {}

    [[nodiscard]] bool done() const noexcept { return next_ == tokens_.size(); }
    [[nodiscard]] std::size_t left() const noexcept { return tokens_.size() - next_; }
    [[nodiscard]] Type type() const noexcept { return type_; }

    /// The next token, or null after noting that `what` is missing.
    const Token* take(std::string_view what);
    /// All tokens that are left, joined; at least one.
    std::optional<std::string> take_rest(std::string_view what);

    // One token each, called `what` in messages, appended to `out` as wire octets.
    bool u8(std::string_view what, Octets& out);
    bool u16(std::string_view what, Octets& out);
    bool u32(std::string_view what, Octets& out);
    bool seconds(std::string_view what, Octets& out);
    bool time(std::string_view what, Octets& out);
    bool type(std::string_view what, Octets& out);
    bool algorithm(std::string_view what, Octets& out);
    bool certificate(std::string_view what, Octets& out);
    bool name(std::string_view what, Octets& out);
    bool ipv4(std::string_view what, Octets& out);
    bool ipv6(std::string_view what, Octets& out);
    bool string(std::string_view what, Octets& out);
    bool strings(std::string_view what, Octets& out);
    bool tag(std::string_view what, Octets& out);
    bool text_rest(std::string_view what, Octets& out);
    bool base64_rest(std::string_view what, Octets& out);
    bool hex_rest(std::string_view what, Octets& out);
    bool base32_u8(std::string_view what, Octets& out);
    bool hex_u8(std::string_view what, Octets& out);
    bool types(std::string_view what, Octets& out);
    bool eui(std::string_view what, Octets& out);
    bool locator64(std::string_view what, Octets& out);

    /// A decimal number of one token, at most `max`.
    std::optional<std::uint32_t> number(std::string_view what, std::uint32_t max);

    /// Notes the error of the token taken last; false, for `return fail(…)`.
    bool fail(std::string message);
    /// Notes that a token is left over.
    bool fail_left_over();
    [[nodiscard]] RdataError& error() noexcept { return error_; }

private:
    Type type_;
    std::span<const Token> tokens_;
    NameView origin_;
    std::size_t next_ = 0;
    RdataError error_;
};

/// "port "70000…" …": a token for a message, cut short when it is long.
std::string quoted_for_message(std::string_view token);

/// A name's wire octets at the end of `out`; an error leaves `out` as it was.
std::optional<TextError> append_name(std::string_view text, NameView origin, Octets& out);

}  // namespace portolan::dns
