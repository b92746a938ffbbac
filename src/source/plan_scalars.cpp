#include "source/plan_scalars.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "portolan/dns/presentation.hpp"
#include "portolan/registry/about.hpp"

namespace portolan::source::plan {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// Long texts are cut, so that a finding stays a line.
std::string shown(std::string_view text) {
    constexpr std::size_t most = 60;
    if (text.empty()) return "an empty text";
    if (text.size() <= most) return fmt::format("{}", text);
    return fmt::format("{}…", text.substr(0, most));
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = static_cast<char>(dns::fold(static_cast<std::uint8_t>(c)));
    return result;
}

std::optional<std::uint64_t> digits(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (!is_all_digits(text) || error != std::errc{} || end != text.data() + text.size()) return {};
    return value;
}

bool has_leading_zero(std::string_view text) { return text.size() > 1 && text[0] == '0'; }

Complaint leading_zero(std::string_view text) {
    const std::size_t digit = std::min(text.find_first_not_of('0'), text.size() - 1);
    return {fmt::format("{} has a leading zero", shown(text)),
            fmt::format("Write {}", text.substr(digit))};
}

Complaint no_label(std::string_view text, std::string message, std::string cure) {
    return {fmt::format("{} is no name: {}", shown(text), message), std::move(cure)};
}

std::optional<std::uint32_t> unit(char c) {
    switch (c) {
        case 's':
            return 1;
        case 'm':
            return 60;
        case 'h':
            return 3600;
        case 'd':
            return 86400;
        case 'w':
            return 604800;
        default:
            return {};
    }
}

constexpr std::uint64_t longest_duration = 2147483647;  // RFC 2181 8

Complaint no_duration(std::string_view text) {
    return {fmt::format("{} is no duration", shown(text)),
            "Write seconds, or a number with its unit: 10s, 5m, 1h, 14d"};
}

/// Sum of its parts, "1h30m"; nullopt when it is not made of parts.
std::optional<std::uint64_t> sum_of_parts(std::string_view text) {
    std::uint64_t sum = 0;
    while (!text.empty()) {
        const std::size_t length = std::min(text.find_first_not_of("0123456789"), text.size());
        const auto number = digits(text.substr(0, length));
        if (!number || length == text.size() || *number > longest_duration) return {};
        const auto scale = unit(text[length]);
        if (!scale) return {};
        sum = std::min<std::uint64_t>(sum + *number * *scale, longest_duration + 1);
        text.remove_prefix(length + 1);
    }
    return sum;
}

std::optional<std::string> label_fault(std::string_view label) {
    if (label.empty()) return "a label is empty";
    if (label.size() > dns::max_label_octets) {
        return fmt::format("a label of {} octets, and {} are the most", label.size(),
                           dns::max_label_octets);
    }
    for (const char c : label) {
        if (c == '_') return "the underscore is kept for service labels";
        if (!is_letter(c) && !is_digit(c) && c != '-') {
            return "only letters, digits and hyphens may stand in it";
        }
    }
    if (label.front() == '-' || label.back() == '-') return "a hyphen at its end or beginning";
    return {};
}

Read<dns::PackedName> parsed(std::string_view text, std::string_view noun) {
    const auto name = dns::parse_name(text);
    if (!name) {
        return Complaint{fmt::format("{} is no {}: {}", shown(text), noun, name.error().message),
                         "Write labels of at most 63 octets, with dots between them"};
    }
    return dns::PackedName(*name);
}

/// The part of a mail address before the @: atoms with dots between them (RFC 5322 3.2.3).
bool is_local_part(std::string_view text) {
    constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~.";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return is_letter(c) || is_digit(c) || others.find(c) != others.npos;
    });
}

/// The same with its dots escaped, as one label for parse_name.
std::string as_label(std::string_view local) {
    std::string result;
    for (const char c : local) {
        if (c == '.') result += '\\';
        result += c;
    }
    return result;
}

std::optional<std::pair<std::string_view, std::string_view>> split(std::string_view text, char c) {
    const std::size_t at = text.find(c);
    if (at == std::string_view::npos) return {};
    return std::pair{text.substr(0, at), text.substr(at + 1)};
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

}  // namespace

Read<std::uint32_t> read_number(std::string_view text, std::uint32_t least, std::uint32_t most) {
    const auto range = [&] { return fmt::format("{} to {}", least, most); };
    const auto value = digits(text);
    if (!value && !is_all_digits(text)) {
        return Complaint{fmt::format("{} is no number", shown(text)),
                         fmt::format("Write a whole number from {}, in decimal digits", range())};
    }
    if (has_leading_zero(text)) return leading_zero(text);
    if (!value || *value < least || *value > most) {
        return Complaint{fmt::format("{} is out of range", shown(text)),
                         fmt::format("Write a whole number from {}", range())};
    }
    return static_cast<std::uint32_t>(*value);
}

Read<bool> read_flag(std::string_view text) {
    const std::string word = lower(text);
    if (word == "yes" || word == "true") return true;
    if (word == "no" || word == "false") return false;
    return Complaint{fmt::format("{} is neither yes nor no", shown(text)), "Write yes or no"};
}

Read<std::uint32_t> read_duration(std::string_view text) {
    const auto plain = digits(text);
    if (plain && has_leading_zero(text)) return leading_zero(text);
    const auto seconds = text.empty() || plain ? plain : sum_of_parts(text);
    if (!seconds) return no_duration(text);
    if (*seconds > longest_duration) {
        return Complaint{fmt::format("{} is longer than DNS can say", shown(text)),
                         "Write at most 2147483647 seconds (RFC 2181 8)"};
    }
    return static_cast<std::uint32_t>(*seconds);
}

Read<std::uint32_t> read_wait(std::string_view text) {
    constexpr std::uint32_t day = 86400;
    if (text.ends_with("ms")) {
        const auto number = digits(text.substr(0, text.size() - 2));
        if (number && *number <= day * 1000) return static_cast<std::uint32_t>(*number);
    }
    const auto seconds = read_duration(text);
    if (seconds && *seconds <= day) return *seconds * 1000;
    return Complaint{seconds ? fmt::format("{} is longer than a day", shown(text))
                             : fmt::format("{} is no time to wait", shown(text)),
                     "Write a number with its unit: 500ms, 10s, 1m"};
}

Read<registry::PortRange> read_port_range(std::string_view text) {
    const auto halves = split(text, '-');
    const auto first = read_number(trimmed(halves ? halves->first : text), 0, 65535);
    const auto last = read_number(trimmed(halves ? halves->second : text), 0, 65535);
    if (!first || !last) {
        return Complaint{fmt::format("{} is no port range", shown(text)),
                         "Write its first and last port, 0 to 65535: 5000-5099"};
    }
    if (*first > *last) {
        return Complaint{fmt::format("{} ends before it begins", shown(text)),
                         fmt::format("Write {}-{}", *last, *first)};
    }
    return registry::PortRange{static_cast<registry::Port>(*first),
                               static_cast<registry::Port>(*last)};
}

Read<std::pair<unsigned, unsigned>> read_instances(std::string_view text) {
    constexpr unsigned most = 99999;
    const auto halves = split(text, '-');
    const auto first = read_number(trimmed(halves ? halves->first : "1"), 0, most);
    const auto last = read_number(trimmed(halves ? halves->second : text), 0, most);
    if (!first || !last) {
        return Complaint{fmt::format("{} is no range of instances", shown(text)),
                         "Write the first and the last, 1-4, or their number, 4"};
    }
    if (*first > *last) {
        return Complaint{
            fmt::format("{} ends before it begins", shown(text)),
            halves ? fmt::format("Write {}-{}", *last, *first) : std::string("Write at least 1")};
    }
    return std::pair<unsigned, unsigned>{*first, *last};
}

Read<std::string> read_label(std::string_view text) {
    if (const auto fault = label_fault(text)) {
        return no_label(text, *fault, "Use letters, digits and hyphens, at most 63 of them");
    }
    if (is_all_digits(text)) {
        return no_label(text, "digits alone read as a port or an instance",
                        "Put a letter into it: app-" + std::string(text.substr(0, 20)));
    }
    return lower(text);
}

Read<std::string> read_host_reference(std::string_view text) {
    const auto halves = split(text, '.');
    if (!halves) return read_label(text);
    const auto host = read_label(halves->first);
    if (!host) return host;
    const auto environment = read_label(halves->second);
    if (!environment) return environment;
    return *host + "." + *environment;
}

Read<registry::Address> read_address(std::string_view text) {
    if (const auto address = registry::parse_address(text)) return *address;
    return Complaint{fmt::format("{} is no address", shown(text)),
                     "Write an IPv4 address, 10.1.0.11, or an IPv6 address in quotes, "
                     "\"2001:db8::11\""};
}

Read<registry::Network> read_network(std::string_view text) {
    if (const auto network = registry::parse_network(text)) return *network;
    return Complaint{fmt::format("{} is no network", shown(text)),
                     "Write its address and prefix length: 10.1.0.0/16, \"2001:db8:1::/48\""};
}

Read<registry::Network> read_prefix(std::string_view text) {
    if (const auto network = registry::parse_network(text)) return *network;
    if (const auto address = registry::parse_address(text)) {
        return registry::Network{*address, static_cast<std::uint8_t>(address->size * 8)};
    }
    return Complaint{fmt::format("{} is neither an address nor a network", shown(text)),
                     "Write it as in 192.0.2.53, 10.1.0.0/16 or \"2001:db8:1::/48\""};
}

Read<registry::Secondary> read_secondary(std::string_view text) {
    registry::Secondary secondary;
    std::string_view address = text;
    std::optional<std::string_view> port;
    if (text.starts_with('[')) {
        const auto end = std::min(text.find(']'), text.size());
        const auto rest = text.substr(end);  // "]", or "]:5353"
        address = text.substr(1, end - 1);
        if (rest != "]") port = rest.starts_with("]:") ? rest.substr(2) : "";
    } else if (std::ranges::count(text, ':') == 1) {
        address = text.substr(0, text.find(':'));
        port = text.substr(text.find(':') + 1);
    }
    const auto parsed = registry::parse_address(address);
    const auto number = port ? read_number(*port, 1, 65535) : Read<std::uint32_t>(53U);
    if (!parsed || !number) {
        return Complaint{fmt::format("{} is no address of a server", shown(text)),
                         "Write it as in 192.0.2.53, \"192.0.2.53:5353\" or "
                         "\"[2001:db8::53]:5353\""};
    }
    secondary.address = *parsed;
    secondary.port = static_cast<registry::Port>(*number);
    return secondary;
}

Read<dns::PackedName> read_domain(std::string_view text) {
    std::string_view rest = text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
    for (bool more = true; more;) {
        const auto halves = split(rest, '.');
        if (const auto fault = label_fault(halves ? halves->first : rest)) {
            return Complaint{fmt::format("{} is no domain name: {}", shown(text), *fault),
                             "Write labels of letters, digits and hyphens: svc.corp.example"};
        }
        more = halves.has_value();
        if (more) rest = halves->second;
    }
    return parsed(text, "domain name");
}

Read<dns::PackedName> read_owner(std::string_view text) {
    if (text.empty() || text == "@" || text.ends_with('.')) {
        return Complaint{fmt::format("{} is no owner below the apex", shown(text)),
                         "Write it relative to the zone, without a final dot: _ldap._tcp"};
    }
    return parsed(text, "owner");
}

Read<dns::PackedName> read_contact(std::string_view text) {
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos) return parsed(text, "mailbox");
    const auto domain = read_domain(text.substr(at + 1));
    if (!is_local_part(text.substr(0, at)) || !domain) {
        return Complaint{fmt::format("{} is no mail address", shown(text)),
                         "Write a mailbox and its domain: dns@corp.example"};
    }
    return parsed(as_label(text.substr(0, at)) + "." + std::string(text.substr(at + 1)), "mailbox");
}

Read<std::chrono::year_month_day> read_date(std::string_view text) {
    if (const auto date = registry::parse_date(text)) return *date;
    return Complaint{fmt::format("{} is no day of the calendar", shown(text)),
                     "Write year, month and day: 2027-01-31"};
}

Read<std::string> read_pattern(std::string_view text) {
    const auto refuse = [&](std::string message, std::string cure) {
        return Complaint{fmt::format("{} is no pattern: {}", shown(text), message),
                         std::move(cure)};
    };
    if (text.empty() || text.size() > 5) {
        return refuse("a port has one to five digits", "Write a letter or digit for each: XYYZZ");
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_letter(text[i]) && !is_digit(text[i])) {
            return refuse("only letters and digits may stand in it",
                          "Write it like XYYZZ or 1YYZZ");
        }
        const bool runs_on = i > 0 && text[i - 1] == text[i];
        if (is_letter(text[i]) && !runs_on && text.substr(0, i).find(text[i]) != text.npos) {
            return refuse(fmt::format("the letter {} stands in two places", text[i]),
                          "Give each field a letter of its own, in one run");
        }
    }
    return std::string(text);
}

}  // namespace portolan::source::plan
