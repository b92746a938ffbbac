#include "api/supposing.hpp"

#include <boost/json/object.hpp>
#include <exception>
#include <memory>
#include <vector>

#include "api/replies.hpp"
#include "portolan/desk/what_if_json.hpp"

namespace portolan::api {
namespace {

struct Supposition {
    registry::Plan plan;
    std::shared_ptr<const zone::Records> extra;
};

Response refused_change(const registry::Refusal& refusal) {
    return text_response(400, refusal.reason);
}

/// Of several plans, the one that can take the change; the reason of the first that cannot.
Response suppose(const std::vector<Supposition>& all, const registry::Edit& wanted) try {
    std::optional<registry::Refusal> refusal;
    for (const auto& each : all) {
        auto edit = wanted;
        const auto after = registry::edited(each.plan, edit);
        if (after) {
            return json_response(
                desk::to_json(*after, edit, desk::what_if(each.plan, *after, edit, *each.extra)));
        }
        if (!refusal) refusal = after.error();
    }
    return refused_change(*refusal);
} catch (const std::exception& error) {
    return text_response(500, error.what());
}

}  // namespace

void Supposing::answer(const Request& request, Respond respond) {
    auto edit = registry::read_edit(request.argument("change").value_or(""));
    if (!edit) return respond(refused_change(edit.error()));
    const auto zone = request.argument("zone");
    auto all = std::make_shared<std::vector<Supposition>>();
    for (const auto& each : registrar_.sources())
        if (!zone || *zone == zone_name(each.registry.plan))
            all->push_back({each.registry.plan, each.extra});
    if (all->empty()) return respond(text_response(404, "no such zone is served from a plan"));
    if (elsewhere_.is_full())
        return respond(text_response(503, "too many ask what would be: ask again later"));
    elsewhere_.give([all, edit = *std::move(edit)] { return suppose(*all, edit); },
                    std::move(respond));
}

void add_supposing(Routes& routes, Supposing& supposing) {
    routes.add("GET", "/v1/whatif",
               [&supposing](const Request& request, const Parameters&, Respond respond) {
                   supposing.answer(request, std::move(respond));
               });
}

}  // namespace portolan::api
