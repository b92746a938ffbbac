#include "api/explaining.hpp"

#include "api/replies.hpp"
#include "portolan/registry/desk.hpp"
#include "portolan/registry/search.hpp"

namespace portolan::api {
namespace {

void explain(Registrar& registrar, const Request& request, const Respond& respond) {
    const auto question = registry::read_question(request.argument("q").value_or(""));
    if (!question) return respond(refused(question.error()));
    const auto answer = registry::answer(desk_of(registrar), *question);
    respond(answer ? json_response(*answer) : refused(answer.error()));
}

void find(Registrar& registrar, const Request& request, const Respond& respond) {
    const auto words = registry::read_words(request.argument("q").value_or(""));
    if (!words) return respond(refused(words.error()));
    respond(json_response(registry::search(desk_of(registrar), *words)));
}

}  // namespace

void add_explaining(Routes& routes, Registrar& registrar) {
    routes.add("GET", "/v1/explain",
               [&registrar](const Request& request, const Parameters&, const Respond& respond) {
                   explain(registrar, request, respond);
               });
    routes.add("GET", "/v1/find",
               [&registrar](const Request& request, const Parameters&, const Respond& respond) {
                   find(registrar, request, respond);
               });
}

}  // namespace portolan::api
