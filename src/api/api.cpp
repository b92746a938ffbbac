#include "portolan/api/api.hpp"

#include "api/allocating.hpp"
#include "api/consul.hpp"
#include "api/events.hpp"
#include "api/explaining.hpp"
#include "api/mapping.hpp"
#include "api/native.hpp"
#include "api/operating.hpp"
#include "api/page.hpp"
#include "api/routes.hpp"
#include "api/supposing.hpp"
#include "api/waiters.hpp"

namespace portolan::api {

struct Api::State {
    State(boost::asio::io_context& io, Registrar& registrar, const Operations& operations,
          const registry::VerdictHistory& history, Reload reload)
        : waiters(io, registrar.catalog()), mapping(io, registrar), events(io, registrar, mapping),
          supposing(io, registrar), allocating(io, registrar, std::move(reload)) {
        add_operations(routes, operations);
        add_page(routes);
        add_consul_agent(routes, registrar, waiters);
        add_consul_catalog(routes, registrar, waiters);
        add_native(routes, registrar, waiters);
        add_explaining(routes, registrar);
        add_mapping(routes, mapping, history);
        add_events(routes, events);
        add_supposing(routes, supposing);
        add_allocating(routes, allocating);
    }
    Waiters waiters;
    Mapping mapping;
    Events events;
    Supposing supposing;
    Allocating allocating;
    Routes routes;
};

Api::Api(boost::asio::io_context& io, Registrar& registrar, const Operations& operations,
         const registry::VerdictHistory& history, std::function<bool()> reload)
    : state_(std::make_unique<State>(io, registrar, operations, history, std::move(reload))) {}

Api::~Api() = default;

void Api::handle(const Request& request, Respond respond) const {
    state_->routes.handle(request, std::move(respond));
}

void Api::changed() { state_->waiters.wake(); }

void Api::said(dns::NameView zone, const registry::Change& change) {
    state_->events.said(zone, change);
}

void Api::loaded() {
    state_->mapping.forget();
    state_->events.loaded();
}

std::size_t Api::event_readers() const noexcept { return state_->events.readers(); }

std::vector<std::string> Api::listing() const { return state_->routes.listing(); }

}  // namespace portolan::api
