#include "portolan/registry/edit_json.hpp"

#include <type_traits>
#include <variant>

#include "portolan/registry/about.hpp"
#include "registry/json_fields.hpp"

namespace portolan::registry {
namespace {

namespace json = boost::json;
using json_fields::Fields;
using json_fields::guarded;
using json_fields::Wrong;

/// As long as a text of a plan may be (source/plan_validate.cpp).
constexpr std::size_t most_text = 4096;

std::string text(Fields& fields, const char* key) {
    auto value = fields.text(key);
    if (value.size() > most_text)
        throw Wrong{
            fmt::format("{} has {} octets, and {} are the most", key, value.size(), most_text)};
    return value;
}

std::string needed(Fields& fields, const char* key, const char* what) {
    auto value = text(fields, key);
    if (value.empty()) throw Wrong{fmt::format("{} is missing: {}", key, what)};
    return value;
}

About about(Fields& fields) {
    About about{text(fields, "owner"), text(fields, "note"), {}};
    const auto day = fields.text("until");
    if (day.empty()) return about;
    about.until = parse_date(day);
    if (!about.until) throw Wrong{"until must be a day of the calendar like \"2027-01-31\""};
    return about;
}

std::optional<unsigned> wanted(Fields& fields, const char* key) {
    return fields.number<std::uint16_t>(key);
}

Protocol protocol(Fields& fields) {
    const auto word = fields.text("proto", "tcp");
    const auto protocol = parse_protocol(word);
    if (!protocol) throw Wrong{"proto must be tcp, udp, sctp or dccp"};
    return *protocol;
}

Edit edit(Fields& fields) {
    const auto kind = needed(fields, "kind", "application, type or port");
    auto name = needed(fields, "name", "what the number is for");
    if (kind == "application")
        return AddApplication{std::move(name), wanted(fields, "id"), about(fields)};
    if (kind == "type") {
        const auto id = wanted(fields, "id");
        return AddType{std::move(name), id, protocol(fields), about(fields)};
    }
    if (kind != "port") throw Wrong{"kind must be application, type or port"};
    auto range = needed(fields, "range", "a category of the plan's registry");
    const auto port = wanted(fields, "port");
    return AddService{std::move(name), std::move(range), port, protocol(fields), about(fields)};
}

}  // namespace

OrRefusal<Order> order_from(const json::value& value) {
    return guarded([&] {
        Fields fields(value, "");
        Order order;
        order.zone = fields.text("zone");
        order.edit = edit(fields);
        fields.end();
        return order;
    });
}

json::object to_json(const Order& order) {
    json::object out{{"kind", kind_of(order.edit)}, {"name", name_of(order.edit)}};
    const auto say = [&](const char* key, const std::string& value) {
        if (!value.empty()) out[key] = value;
    };
    say("zone", order.zone);
    std::visit(
        [&](const auto& each) {
            if constexpr (requires { each.range; }) say("range", each.range);
            if constexpr (requires { each.protocol; })
                if (each.protocol != Protocol::tcp) out["proto"] = to_string(each.protocol);
            if constexpr (requires { each.about; }) {
                say("owner", each.about.owner);
                say("note", each.about.description);
                say("until", until_text(each.about));
            }
        },
        order.edit);
    if (const auto number = number_of(order.edit))
        out[std::holds_alternative<AddService>(order.edit) ? "port" : "id"] = *number;
    return out;
}

std::string kind_of(const Edit& edit) {
    if (std::holds_alternative<AddApplication>(edit)) return "application";
    if (std::holds_alternative<AddType>(edit)) return "type";
    return std::holds_alternative<AddService>(edit) ? "port" : "";
}

std::string name_of(const Edit& edit) {
    return std::visit(
        [](const auto& each) -> std::string {
            if constexpr (requires { each.name; })
                return each.name;
            else
                return "";
        },
        edit);
}

std::optional<unsigned> number_of(const Edit& edit) {
    return std::visit(
        [](const auto& each) -> std::optional<unsigned> {
            if constexpr (requires { each.id; })
                return each.id;
            else if constexpr (requires { each.port; })
                return each.port;
            else
                return std::nullopt;
        },
        edit);
}

About* about_of(Edit& edit) {
    return std::visit(
        [](auto& each) -> About* {
            if constexpr (requires { each.about; })
                return &each.about;
            else
                return nullptr;
        },
        edit);
}

}  // namespace portolan::registry
