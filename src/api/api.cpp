#include "portolan/api/api.hpp"

#include "api/consul.hpp"
#include "api/explaining.hpp"
#include "api/mapping.hpp"
#include "api/native.hpp"
#include "api/operating.hpp"
#include "api/page.hpp"
#include "api/routes.hpp"
#include "api/waiters.hpp"

namespace portolan::api {

struct Api::State {
    State(boost::asio::io_context& io, Registrar& registrar, const Operations& operations)
        : waiters(io, registrar.catalog()), mapping(registrar) {
        add_operations(routes, operations);
        add_page(routes);
        add_consul_agent(routes, registrar, waiters);
        add_consul_catalog(routes, registrar, waiters);
        add_native(routes, registrar, waiters);
        add_explaining(routes, registrar);
        add_mapping(routes, mapping);
    }
    Waiters waiters;
    Mapping mapping;
    Routes routes;
};

Api::Api(boost::asio::io_context& io, Registrar& registrar, const Operations& operations)
    : state_(std::make_unique<State>(io, registrar, operations)) {}

Api::~Api() = default;

void Api::handle(const Request& request, Respond respond) const {
    state_->routes.handle(request, std::move(respond));
}

void Api::changed() { state_->waiters.wake(); }

void Api::loaded() { state_->mapping.forget(); }

std::vector<std::string> Api::listing() const { return state_->routes.listing(); }

}  // namespace portolan::api
