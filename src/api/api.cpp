#include "portolan/api/api.hpp"

#include "api/consul.hpp"
#include "api/explaining.hpp"
#include "api/native.hpp"
#include "api/routes.hpp"
#include "api/waiters.hpp"

namespace portolan::api {

struct Api::State {
    State(boost::asio::io_context& io, Registrar& registrar) : waiters(io, registrar.catalog()) {
        add_consul_agent(routes, registrar, waiters);
        add_consul_catalog(routes, registrar, waiters);
        add_native(routes, registrar, waiters);
        add_explaining(routes, registrar);
    }
    Waiters waiters;
    Routes routes;
};

Api::Api(boost::asio::io_context& io, Registrar& registrar)
    : state_(std::make_unique<State>(io, registrar)) {}

Api::~Api() = default;

Handler Api::handler() {
    return [this](const Request& request, Respond respond) {
        state_->routes.handle(request, std::move(respond));
    };
}

void Api::changed() { state_->waiters.wake(); }

std::vector<std::string> Api::listing() const { return state_->routes.listing(); }

}  // namespace portolan::api
