// The only file that knows nghttp2, which frames HTTP/2 and does nothing else.
#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "portolan/health/conversation.hpp"

namespace portolan::health {
namespace {

using registry::Verdict;

constexpr std::size_t most_of_reply = 1024;  // a HealthCheckResponse has two octets
constexpr std::size_t prefix_octets = 5;     // of a gRPC message: compressed or not, its length

/// HealthCheckResponse.ServingStatus.
constexpr std::array serving_status = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};
constexpr unsigned serving = 1;

/// An unsigned number as protobuf writes it, seven bits an octet, the lowest first.
void append_varint(std::string& out, std::size_t number) {
    for (; number > 0x7f; number >>= 7) out += static_cast<char>((number & 0x7f) | 0x80);
    out += static_cast<char>(number);
}

/// HealthCheckRequest {string service = 1}, with gRPC's prefix.
std::string request_message(const std::string& service) {
    std::string message;
    if (!service.empty()) {
        message += '\x0a';
        append_varint(message, service.size());
        message += service;
    }
    std::string framed(prefix_octets, '\0');
    for (unsigned i = 0; i < 4; ++i) {
        framed[1 + i] = static_cast<char>(message.size() >> (24 - 8 * i));
    }
    return framed + message;
}

/// The field `status` of HealthCheckResponse {ServingStatus status = 1}, which is 0 when it is not
/// there; nullopt when the octets are no such message.
std::optional<unsigned> status_of(std::string_view reply) {
    if (reply.size() < prefix_octets || reply[0] != 0) return std::nullopt;
    reply.remove_prefix(prefix_octets);
    if (reply.empty()) return 0;
    if (reply.size() != 2 || reply[0] != 0x08) return std::nullopt;
    const auto status = static_cast<unsigned char>(reply[1]);
    if (status >= serving_status.size()) return std::nullopt;
    return status;
}

class GrpcConversation final : public Conversation {
public:
    GrpcConversation(const registry::GrpcCheck& check, const std::string& authority)
        : message_(request_message(check.service)) {
        nghttp2_session_callbacks* callbacks = nullptr;
        if (nghttp2_session_callbacks_new(&callbacks) != 0) throw std::bad_alloc();
        nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
        const int failure = nghttp2_session_client_new(&session_, callbacks, this);
        nghttp2_session_callbacks_del(callbacks);
        if (failure != 0) throw std::bad_alloc();
        submit(authority);
    }
    ~GrpcConversation() override { nghttp2_session_del(session_); }
    GrpcConversation(const GrpcConversation&) = delete;
    GrpcConversation& operator=(const GrpcConversation&) = delete;

    std::string take_words() override {
        std::string words;
        while (true) {
            const std::uint8_t* octets = nullptr;
            const auto count = nghttp2_session_mem_send(session_, &octets);
            if (count <= 0) return words;
            words.append(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(count));
        }
    }

    std::optional<Observation> hear(std::string_view octets) override {
        const auto taken = nghttp2_session_mem_recv(
            session_, reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size());
        if (taken < 0) return no_grpc(nghttp2_strerror(static_cast<int>(taken)));
        if (is_closed_) return judge();
        if (nghttp2_session_want_read(session_) == 0)
            return no_grpc("the target ended the session");
        return std::nullopt;
    }

    Observation hear_end() override { return no_grpc("the connection ended before the answer"); }

private:
    static nghttp2_nv field(std::string_view name, std::string_view value) {
        const auto octets = [](std::string_view text) {
            return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
        };
        return {octets(name), octets(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
    }

    void submit(const std::string& authority) {
        nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
        const std::array fields = {
            field(":method", "POST"),
            field(":scheme", "http"),
            field(":path", "/grpc.health.v1.Health/Check"),
            field(":authority", authority),
            field("te", "trailers"),
            field("content-type", "application/grpc"),
            field("user-agent", "portolan"),
        };
        nghttp2_data_provider body{};
        body.source.ptr = this;
        body.read_callback = give_message;
        if (nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(), &body,
                                   nullptr) < 0) {
            throw std::bad_alloc();
        }
    }

    static ssize_t give_message(nghttp2_session*, std::int32_t, std::uint8_t* room,
                                std::size_t size, std::uint32_t* flags, nghttp2_data_source* source,
                                void*) {
        auto& self = *static_cast<GrpcConversation*>(source->ptr);
        const auto count = std::min(size, self.message_.size());
        std::memcpy(room, self.message_.data(), count);
        self.message_.erase(0, count);
        if (self.message_.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
        return static_cast<ssize_t>(count);
    }

    static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name,
                         std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                         std::uint8_t, void* self) {
        auto& me = *static_cast<GrpcConversation*>(self);
        const std::string_view which(reinterpret_cast<const char*>(name), name_size);
        const std::string_view text(reinterpret_cast<const char*>(value), value_size);
        if (which == ":status") me.http_status_ = text.substr(0, 3);
        if (which == "grpc-status") me.grpc_status_ = text.substr(0, 3);
        return 0;
    }

    static int on_data(nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* octets,
                       std::size_t size, void* self) {
        auto& reply = static_cast<GrpcConversation*>(self)->reply_;
        const auto room = most_of_reply - reply.size();
        reply.append(reinterpret_cast<const char*>(octets), std::min(size, room));
        return 0;
    }

    static int on_close(nghttp2_session*, std::int32_t, std::uint32_t, void* self) {
        static_cast<GrpcConversation*>(self)->is_closed_ = true;
        return 0;
    }

    [[nodiscard]] Observation judge() const {
        if (http_status_.empty()) return no_grpc("the target refused the call");
        if (http_status_ != "200") return no_grpc(fmt::format("HTTP {}", http_status_));
        if (grpc_status_ != "0") {
            return {Verdict::critical, grpc_status_.empty() ? "gRPC, but no status"
                                                            : fmt::format("gRPC status {}{}",
                                                                          grpc_status_, meaning())};
        }
        const auto status = status_of(reply_);
        if (!status) return no_grpc("the answer is no HealthCheckResponse");
        return {*status == serving ? Verdict::passing : Verdict::critical,
                fmt::format("gRPC {}", serving_status[*status])};
    }

    /// Of the two that a health check meets.
    [[nodiscard]] const char* meaning() const {
        if (grpc_status_ == "5") return ", the service is not known";
        if (grpc_status_ == "12") return ", the target has no grpc.health.v1";
        return "";
    }

    static Observation no_grpc(std::string_view why) {
        return {Verdict::critical, fmt::format("no gRPC answer: {}", why)};
    }

    std::string message_;  // what of it is not yet framed
    std::string http_status_;
    std::string grpc_status_;
    std::string reply_;
    bool is_closed_ = false;
    nghttp2_session* session_ = nullptr;
};

}  // namespace

std::unique_ptr<Conversation> grpc_conversation(const registry::GrpcCheck& check,
                                                const std::string& authority) {
    return std::make_unique<GrpcConversation>(check, authority);
}

}  // namespace portolan::health
