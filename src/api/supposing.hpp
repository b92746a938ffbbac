// What would follow of a change of the plan: GET /v1/whatif (desk/what_if_json.hpp).
//
// To prove a large plan's numbers anew takes seconds, and anybody may ask. So it is done on a
// thread of its own, one question after the other, on a copy of the plan, which shares its
// environments.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <map>
#include <optional>

#include "api/routes.hpp"
#include "portolan/api/registrar.hpp"

namespace portolan::api {

class Supposing {
public:
    Supposing(boost::asio::io_context& io, const Registrar& registrar)
        : io_(io), registrar_(registrar) {}
    /// Waits for the question that is being answered.
    ~Supposing();

    /// 400 for a change that cannot be made, or is none; 404 for a zone that is not served; 503
    /// when too many ask.
    void answer(const Request& request, Respond respond);

private:
    void start();
    void reply(std::uint64_t question, Response response);

    boost::asio::io_context& io_;
    const Registrar& registrar_;
    std::map<std::uint64_t, Respond> waiting_;  // connections are this thread's alone
    std::uint64_t last_ = 0;
    std::optional<boost::asio::thread_pool> thread_;  // once somebody has asked
};

/// `supposing` outlives the routes.
void add_supposing(Routes& routes, Supposing& supposing);

}  // namespace portolan::api
