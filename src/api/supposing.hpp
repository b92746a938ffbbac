// What would follow of a change of the plan: GET /v1/whatif (desk/what_if_json.hpp).
//
// To prove a large plan's numbers anew takes seconds, and anybody may ask. So it is done on a
// thread of its own, one question after the other, on a copy of the plan, which shares its
// environments.
#pragma once

#include "api/elsewhere.hpp"
#include "api/routes.hpp"
#include "portolan/api/registrar.hpp"

namespace portolan::api {

class Supposing {
public:
    Supposing(boost::asio::io_context& io, const Registrar& registrar)
        : registrar_(registrar), elsewhere_(io, most_waiting) {}

    /// 400 for a change that cannot be made, or is none; 404 for a zone that is not served; 503
    /// when too many ask.
    void answer(const Request& request, Respond respond);

private:
    static constexpr std::size_t most_waiting = 16;

    const Registrar& registrar_;
    Elsewhere<Response> elsewhere_;
};

/// `supposing` outlives the routes.
void add_supposing(Routes& routes, Supposing& supposing);

}  // namespace portolan::api
