// $GENERATE as BIND has it: a range, and templates in which $ stands for the number.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace portolan::source {

/// "1-10" or "0-100/5".
struct GenerateRange {
    std::int64_t start = 0;
    std::int64_t stop = 0;
    std::int64_t step = 1;
    [[nodiscard]] std::uint64_t count() const noexcept {
        return static_cast<std::uint64_t>((stop - start) / step) + 1;
    }
};

/// A result or a sentence that says what is wrong with the text.
template <class T>
using GenerateResult = boost::system::result<T, std::string>;

GenerateResult<GenerateRange> parse_generate_range(std::string_view text);

/// Appends the template with the number put in: `$`, `$$` and `\$` (a dollar sign), and
/// `${offset[,width[,base]]}` with base d, o, x, X (padded with zeros), n, N (nibbles from the
/// lowest with dots between, as ip6.arpa wants them; width counts the dots too). Returns what is
/// wrong, or an empty string.
std::string expand_generate(std::string_view pattern, std::int64_t number, std::string& out);

}  // namespace portolan::source
