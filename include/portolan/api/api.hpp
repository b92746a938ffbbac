// The HTTP API as a whole: Consul's, as far as its clients need it, and portolan's own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "portolan/api/http.hpp"
#include "portolan/api/operations.hpp"
#include "portolan/api/registrar.hpp"
#include "portolan/registry/verdict_history.hpp"

namespace portolan::api {

class Api {
public:
    /// All of them outlive it. `reload` reads the plans again, which were written, and says whether
    /// they are served now.
    Api(boost::asio::io_context& io, Registrar& registrar, const Operations& operations,
        const registry::VerdictHistory& history, std::function<bool()> reload);
    ~Api();

    /// What a Server's handler does; the Api must outlive it.
    void handle(const Request& request, Respond respond) const;
    /// Answers those who waited for news; to be called after each step of changes.
    void changed();
    /// To be called of each change that the engine takes.
    void said(dns::NameView zone, const registry::Change& change);
    /// To be called after each load of the plans.
    void loaded();
    /// Who reads /v1/events now.
    [[nodiscard]] std::size_t event_readers() const noexcept;
    /// "PUT /v1/agent/service/register", …
    [[nodiscard]] std::vector<std::string> listing() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Whether a request is for /metrics, /live or /ready, which are answered from the beginning.
[[nodiscard]] bool is_of_operations(const Request& request);
/// Whether it is for one of the page's files, which are there from the beginning too.
[[nodiscard]] bool is_of_page(const Request& request);

/// The description of portolan's own part, as OpenAPI 3.0 in JSON.
std::string_view openapi();

}  // namespace portolan::api
