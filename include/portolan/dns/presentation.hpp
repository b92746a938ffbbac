// Names and RDATA as text: the presentation format of RFC 1035 5.1, RFC 3597 5 and the RFCs of
// the single types.
#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "portolan/dns/name.hpp"
#include "portolan/dns/types.hpp"

namespace portolan::dns {

/// Why a text was refused; `offset` counts octets from the start of the text given.
struct TextError {
    std::size_t offset = 0;
    std::string message;
};
template <class T>
using TextResult = boost::system::result<T, TextError>;

/// "jb1.prod.svc.corp.example."; escapes dots, spaces and odd octets inside labels (\. \032).
std::string to_text(NameView name);
/// Reads a name; one without a final dot is completed with `origin`; "@" is the origin itself.
TextResult<Name> parse_name(std::string_view text, NameView origin = {});
/// For names in tests and tables; throws std::invalid_argument when the text is no name.
Name name_from(std::string_view text);

/// A time in seconds as text has it: "3600", or with units in any case, "1h30m" (weeks, days,
/// hours, minutes, seconds). Nothing for other texts and for more than 32 bits hold.
std::optional<std::uint32_t> parse_seconds(std::string_view text) noexcept;

/// One field of a record as the master file reader splits them: a view into the file's text,
/// without the quotes but with the escapes still in it.
struct Token {
    std::string_view text;
    bool quoted = false;
    std::uint32_t line = 0;    // 1-based
    std::uint32_t column = 0;  // 1-based
};

/// Why RDATA was refused: `token` is the index of the one at fault (== count: one is missing).
struct RdataError {
    std::size_t token = 0;
    std::string message;
};

/// RDATA text to wire, names absolute and uncompressed. Knows every type with a presentation
/// form, and `\# length hex` for all of them (RFC 3597 5).
boost::system::result<Octets, RdataError> parse_rdata(Type type, std::span<const Token> tokens,
                                                      NameView origin);
/// The same, appended to `out`, which saves a reader of many records an allocation for each.
/// On an error `out` is as it was.
std::optional<RdataError> append_rdata(Type type, std::span<const Token> tokens, NameView origin,
                                       Octets& out);
/// The same from one string, split at blanks, for tests and derived data.
Octets rdata_from(Type type, std::string_view text,
                  NameView origin = {});  // throws std::invalid_argument

/// Wire RDATA to text; falls back to `\# length hex` for unknown types and for octets that do
/// not fit their type. Names are printed absolute.
std::string rdata_to_text(Type type, OctetView rdata);
/// The form `\# length hex`, right for every type (RFC 3597 5).
std::string rdata_to_generic_text(OctetView rdata);

}  // namespace portolan::dns
