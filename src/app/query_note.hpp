// One query and what became of it, for the query log: octets as a worker copies them on the packet
// path, read and put into words later, by the thread that writes.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "portolan/answer/respond.hpp"
#include "portolan/dns/query.hpp"

namespace portolan::app {

class QueryNote {
public:
    /// Copies what the line will need. `milliseconds` since 1970. Does not allocate.
    void take(const answer::Exchange& exchange, std::int64_t milliseconds) noexcept;

    /// Appends the note as one JSON object and a line feed: at most 4,096 octets.
    void append_to(std::string& text) const;

private:
    static constexpr std::size_t most_request = 512;  // a longer one's TSIG is not told
    static constexpr std::size_t most_opt = 320;

    [[nodiscard]] dns::OctetView request() const noexcept {
        return {request_.data(), request_size_};
    }
    [[nodiscard]] dns::Rcode rcode() const noexcept;
    void append_query(std::string& text) const;
    void append_reply(std::string& text) const;
    void append_extended_error(std::string& text) const;
    void append_key(std::string& text) const;

    std::int64_t milliseconds_ = 0;
    std::uint32_t size_ = 0;
    std::uint16_t request_size_ = 0;
    std::uint16_t opt_size_ = 0;
    std::uint8_t source_size_ = 0;
    answer::Transport transport_{};
    answer::Outcome outcome_{};
    answer::CookieState cookie_{};
    std::array<std::uint8_t, 16> source_;
    std::array<std::uint8_t, dns::header_octets> header_;  // of the reply
    std::array<std::uint8_t, most_opt> opt_;               // of the reply
    std::array<std::uint8_t, most_request> request_;
};

/// "2026-11-22T22:35:11.042Z"
std::string time_text(std::int64_t milliseconds);

}  // namespace portolan::app
