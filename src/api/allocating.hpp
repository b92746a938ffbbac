// Numbers for new names: POST /v1/allocations (registry/edit_json.hpp has its body,
// desk/allocation_json.hpp its answer).
//
// The server writes its own plan, by the same means and under the same lock as the command
// (desk/allocate.hpp), and reads it again before it answers: who has a number finds it in DNS. To
// read and prove a plan takes time, and so may the lock; so it is done on a thread of its own, one
// request after the other. Requests that were written while the plan was being read wait for one
// reading together.
//
// Only a token that was made for it gives the right (`portolan token new --allocate`), also on this
// host: who may edit the plan's file needs no server for it.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "api/elsewhere.hpp"
#include "api/routes.hpp"
#include "portolan/api/registrar.hpp"
#include "portolan/desk/allocate.hpp"
#include "portolan/registry/edit_json.hpp"

namespace portolan::api {

/// Reads the plans again and serves what they say; false when they cannot be served.
using Reload = std::function<bool()>;

class Allocating {
public:
    Allocating(boost::asio::io_context& io, Registrar& registrar, Reload reload)
        : io_(io), registrar_(registrar), reload_(std::move(reload)), elsewhere_(io, most_waiting) {
    }

    /// 201 with Location; 400 for what is no order, 403 without the right, 404 for what no plan has
    /// a place for, 409 for a name or number that is taken and a range that is full, 503 when the
    /// plan cannot be written, or (with Retry-After) not now.
    void answer(const Request& request, Respond respond);

private:
    using Made = registry::OrRefusal<desk::Allocation>;
    static constexpr std::size_t most_waiting = 64;

    void take(Respond respond, Made made);
    void reply();

    boost::asio::io_context& io_;
    Registrar& registrar_;
    const Reload reload_;
    std::vector<std::pair<Respond, Made>> made_;  // and not yet answered
    Elsewhere<Made> elsewhere_;
};

/// `allocating` outlives the routes.
void add_allocating(Routes& routes, Allocating& allocating);

}  // namespace portolan::api
