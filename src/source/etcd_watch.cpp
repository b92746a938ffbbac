// A watch that does not end.
//
//     read all at R ─▶ POST /v3/watch from R + 1 ─▶ events, the position moves on ─▶ …
//          ▲                     ▲
//          │ compacted           │ cut: the next etcd, from the position
//
// That a stream is silent says nothing: its etcd may be gone, or cut off from the others. So the
// same etcd is asked again and again for something that it can tell only with a majority.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "source/etcd_client.hpp"

namespace portolan::source::etcd {

namespace asio = boost::asio;
using Kind = EtcdError::Kind;

namespace {

constexpr milliseconds first_pause{100};     // when all have failed, doubled …
constexpr milliseconds longest_pause{2000};  // … up to this
constexpr milliseconds beat_pause{1000};

using Trouble = std::optional<EtcdError>;

}  // namespace

class Follower : public std::enable_shared_from_this<Follower> {
public:
    Follower(std::shared_ptr<Client> client, std::string start, Etcd::WatchEvents events)
        : client_(std::move(client)), start_(std::move(start)), events_(std::move(events)),
          sleep_(client_->io()) {}

    void begin() { asio::co_spawn(client_->io(), run(shared_from_this()), rethrow); }

    void end() {
        has_ended_ = true;
        sleep_.cancel();
        if (life_) life_->end();
    }

private:
    /// The time at one etcd.
    struct Life {
        Life(Client& client, std::size_t place)
            : stream(client.connection(place)), beat(client.connection(place)),
              beat_sleep(client.io()) {}
        void end() {
            is_over = true;
            stream->close();
            beat->close();
            beat_sleep.cancel();
        }
        std::shared_ptr<Connection> stream;
        std::shared_ptr<Connection> beat;
        asio::steady_timer beat_sleep;
        Trouble trouble;        // that the beat has met
        bool is_stale = false;  // what was told is to be told anew
        bool is_over = false;
    };
    using LifePtr = std::shared_ptr<Life>;

    [[nodiscard]] bool is_over() const { return has_ended_ || client_->has_ended(); }

    static Task<void> run(std::shared_ptr<Follower> self) {
        co_await asio::post(asio::use_awaitable);
        while (!self->is_over()) {
            const auto place = self->client_->place();
            const auto life = std::make_shared<Life>(*self->client_, place);
            self->life_ = life;
            auto trouble = co_await self->live(life);
            life->end();
            if (life->is_stale) self->position_ = 0;
            if (self->is_over() || life->is_stale) continue;
            self->client_->avoid(place);
            // What was heard until now may have ended for nothing: each is asked once more.
            if (++self->failures_ <= self->client_->settings().places.size()) continue;
            self->tell_cut(life->trouble ? *life->trouble : *trouble);
            if (self->is_over()) co_return;
            self->sleep_.expires_after(self->pause_);
            self->pause_ = std::min(2 * self->pause_, longest_pause);
            co_await self->sleep_.async_wait(as_result);
        }
    }

    /// Until there is trouble. Nothing is told by it when the life is stale, or all is over.
    Task<Trouble> live(LifePtr life) {
        if (auto trouble = co_await look(*life)) co_return trouble;
        if (life->is_stale) co_return std::nullopt;
        if (position_ == 0) {
            if (auto trouble = co_await read_all(*life)) co_return trouble;
        }
        if (is_over()) co_return std::nullopt;
        if (auto trouble = co_await open(*life)) co_return trouble;
        asio::co_spawn(client_->io(), beat(shared_from_this(), life), rethrow);
        co_return co_await listen(*life);
    }

    /// Whether this etcd can decide, and is the one whose changes have been told.
    Task<Trouble> look(Life& life) {
        auto said = co_await client_->ask(life.beat, "/v3/kv/range", beat_json(client_->prefix()));
        if (!said.result) co_return said.result.error();
        const auto page = read_page(*said.result, client_->prefix());
        if (!page) co_return page.error();
        if (page->state.revision < position_) life.is_stale = true;  // it was set up anew
        co_return std::nullopt;
    }

    Task<Trouble> read_all(Life& life) {
        Pages pages(start_, client_->prefix());
        for (bool is_last = false; !is_last;) {
            const auto said = co_await client_->ask(life.beat, "/v3/kv/range", pages.request());
            if (!said.result) co_return said.result.error();
            const auto taken = pages.take(*said.result);
            if (!taken) co_return taken.error();
            is_last = *taken;
        }
        if (is_over()) co_return std::nullopt;
        position_ = pages.state().revision;
        tell_back();
        if (!is_over()) events_.whole(std::move(pages.state()));
        co_return std::nullopt;
    }

    Task<Trouble> open(Life& life) {
        if (auto trouble = co_await client_->reach(life.stream)) co_return trouble;
        const auto answer = co_await life.stream->begin(
            "/v3/watch", watch_json(start_, position_ + 1, client_->prefix()), client_->token(),
            client_->settings().patience);
        if (answer.error)
            co_return Client::error(*life.stream, Kind::unreachable, answer.error.message());
        if (answer.status != 200) co_return client_->refused(*life.stream, answer).result.error();
        co_return std::nullopt;
    }

    Task<Trouble> listen(Life& life) {
        std::string text;
        auto patience = std::optional(client_->settings().patience);  // for the first line
        for (;;) {
            const auto piece = co_await life.stream->more(patience);
            if (is_over()) co_return std::nullopt;
            patience.reset();
            text += piece.body;
            std::size_t from = 0;
            for (auto end = text.find('\n'); end != std::string::npos;
                 end = text.find('\n', from)) {
                auto trouble = take(life, std::string_view(text).substr(from, end - from));
                if (trouble || life.is_stale || is_over()) co_return trouble;
                from = end + 1;
            }
            text.erase(0, from);
            if (piece.error)
                co_return Client::error(*life.stream, Kind::unreachable, piece.error.message());
        }
    }

    Trouble take(Life& life, std::string_view text) {
        auto line = read_watch_line(text, client_->prefix());
        if (!line) return line.error();
        if (line->is_canceled && line->compact_revision == 0)
            return Client::error(*life.stream, Kind::refused, line->reason);
        life.is_stale = line->is_canceled;
        if (line->is_canceled) return std::nullopt;
        if (line->is_created) tell_back();
        if (line->events.empty() || is_over()) return std::nullopt;
        position_ = line->events.back().now.mod_revision;
        events_.changed(std::move(line->events));
        return std::nullopt;
    }

    static Task<void> beat(std::shared_ptr<Follower> self, LifePtr life) {
        while (!life->is_over && !life->is_stale && !life->trouble) {
            life->beat_sleep.expires_after(beat_pause);
            co_await life->beat_sleep.async_wait(as_result);
            if (life->is_over || self->is_over()) co_return;
            life->trouble = co_await self->look(*life);
        }
        life->end();
    }

    void tell_cut(EtcdError error) {
        if (std::exchange(told_, Told::cut) != Told::cut) events_.cut(std::move(error));
    }

    void tell_back() {
        failures_ = 0;
        pause_ = first_pause;
        if (std::exchange(told_, Told::back) != Told::back) events_.back();
    }

    enum class Told : std::uint8_t { nothing, cut, back };

    std::shared_ptr<Client> client_;
    const std::string start_;
    Etcd::WatchEvents events_;
    asio::steady_timer sleep_;
    LifePtr life_;
    std::uint64_t position_ = 0;  // of what has been told; 0: nothing, or it is to be told anew
    std::size_t failures_ = 0;    // since the last news
    milliseconds pause_ = first_pause;
    Told told_ = Told::nothing;
    bool has_ended_ = false;
};

std::shared_ptr<Follower> follow(std::shared_ptr<Client> client, std::string start,
                                 Etcd::WatchEvents events) {
    auto follower =
        std::make_shared<Follower>(std::move(client), std::move(start), std::move(events));
    follower->begin();
    return follower;
}

void end(Follower& follower) { follower.end(); }

}  // namespace portolan::source::etcd
