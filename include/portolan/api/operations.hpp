// What operators' programs ask of the server: implemented by app/, on the same thread.
#pragma once

#include <string>
#include <vector>

namespace portolan::api {

class Operations {
public:
    Operations() = default;
    Operations(const Operations&) = delete;
    Operations& operator=(const Operations&) = delete;
    virtual ~Operations() = default;

    /// In Prometheus' text format (exposition.hpp).
    [[nodiscard]] virtual std::string metrics() const = 0;
    /// Why the server is not ready, a sentence each; none: it is.
    [[nodiscard]] virtual std::vector<std::string> obstacles() const = 0;
};

}  // namespace portolan::api
