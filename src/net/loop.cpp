#include "portolan/net/loop.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace portolan::net {
namespace {

[[noreturn]] void fail(const char* what) {
    throw SocketError(fmt::format("cannot {}: {}", what, std::strerror(errno)));
}

Descriptor checked(int number, const char* what) {
    if (number < 0) fail(what);
    return Descriptor(number);
}

epoll_event event_of(Watcher& watcher, Loop::Wish wish) noexcept {
    epoll_event event{};
    event.events = static_cast<std::uint32_t>(wish);
    event.data.ptr = &watcher;
    return event;
}

}  // namespace

Loop::Loop()
    : epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "open an epoll instance")),
      bell_number_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "open an eventfd")) {
    watch(bell_number_.get(), bell_);
    watched_ = 0;  // the bell alone keeps nobody waiting
}

void Loop::watch(int descriptor, Watcher& watcher) {
    if (!try_to_watch(descriptor, watcher, Wish::read)) {
        fail("watch a socket (sysctl fs.epoll.max_user_watches limits them)");
    }
}

bool Loop::try_to_watch(int descriptor, Watcher& watcher, Wish wish) noexcept {
    epoll_event event = event_of(watcher, wish);
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) return false;
    ++watched_;
    return true;
}

void Loop::change(int descriptor, Watcher& watcher, Wish wish) noexcept {
    epoll_event event = event_of(watcher, wish);
    epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event);
}

void Loop::unwatch(int descriptor, const Watcher& watcher) noexcept {
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
    forget(watcher);
}

void Loop::forget(const Watcher& watcher) noexcept {
    --watched_;
    for (std::size_t i = next_; i < count_; ++i) {
        if (told_[i].data.ptr == &watcher) told_[i].data.ptr = nullptr;
    }
}

void Loop::set_tick(std::chrono::milliseconds interval, Watcher& watcher) noexcept {
    interval_ = interval;
    ticker_ = &watcher;
}

void Loop::start_ticking() noexcept {
    if (ticking_) return;
    ticking_ = true;
    next_tick_ = Clock::now() + interval_;
}

int Loop::milliseconds_to_tick() const noexcept {
    if (!ticking_) return -1;
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(next_tick_ - Clock::now());
    return std::max(0, static_cast<int>(rest.count()));
}

void Loop::run() {
    while (watched_ > 0 && !stopped_.load(std::memory_order_relaxed)) {
        const int patience = milliseconds_to_tick();
        const int count =
            epoll_wait(epoll_.get(), told_.data(), static_cast<int>(told_.size()), patience);
        count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
        for (next_ = 0; next_ < count_;) {
            auto* watcher = static_cast<Watcher*>(told_[next_++].data.ptr);
            if (watcher != nullptr) watcher->ready();
        }
        if (ticking_ && milliseconds_to_tick() == 0) {
            next_tick_ = Clock::now() + interval_;
            ticker_->ready();
        }
    }
}

void Loop::stop() noexcept {
    stopped_.store(true, std::memory_order_relaxed);
    ring();
}

void Loop::call(std::function<void()> work) {
    {
        const std::lock_guard lock(mutex_);
        calls_.push_back(std::move(work));
    }
    ring();
}

void Loop::ring() noexcept {
    const std::uint64_t once = 1;
    static_cast<void>(::write(bell_number_.get(), &once, sizeof once));
}

void Loop::do_calls() noexcept {
    std::uint64_t times = 0;
    static_cast<void>(::read(bell_number_.get(), &times, sizeof times));
    std::vector<std::function<void()>> calls;
    {
        const std::lock_guard lock(mutex_);
        calls.swap(calls_);
    }
    for (const auto& work : calls) work();
}

}  // namespace portolan::net
