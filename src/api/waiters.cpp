#include "api/waiters.hpp"

namespace portolan::api {

std::uint64_t Waiters::index_of(const std::string& service) const {
    return service.empty() ? catalog_.index() : catalog_.index_of(service);
}

void Waiters::wait(const std::string& service, std::uint64_t index,
                   std::chrono::milliseconds longest, std::function<void()> answer) {
    if (index_of(service) > index) return answer();
    auto& all = by_service_[service];
    const auto one =
        all.insert(all.end(), {index, std::move(answer), boost::asio::steady_timer(io_, longest)});
    one->over.async_wait([this, service, one](const boost::system::error_code& cancelled) {
        if (cancelled) return;
        const auto answering = std::move(one->answer);
        by_service_[service].erase(one);
        answering();
    });
}

void Waiters::wake() {
    All woken;
    for (auto& [service, all] : by_service_) {
        const auto index = index_of(service);
        for (auto one = all.begin(); one != all.end();) {
            const auto next = std::next(one);
            if (index > one->index) woken.splice(woken.end(), all, one);
            one = next;
        }
    }
    std::erase_if(by_service_, [](const auto& each) { return each.second.empty(); });
    for (auto& one : woken) {
        one.over.cancel();
        one.answer();
    }
}

}  // namespace portolan::api
