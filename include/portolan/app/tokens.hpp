// Who may register what, and allocate: STATE/tokens, which `portolan token` writes and the server
// reads.
//
// A token is 256 random bits, of which only the SHA-256 is kept: who reads the file cannot
// register. It is told apart by its id, the first digits of that digest. A line of JSON each:
//
//     {"id":"3f2a9c01","sha256":"3f2a9c01…","services":["web"],"environments":["prod"],
//      "expires":1795358136,"note":"the deploy job"}
//
// With "allocate":true it may also have numbers allocated in the plan (api/allocating.hpp).
//
// Where clients show certificates (TLS), a name that one proves may stand for the secret: then the
// line has "certificate":"deploy.corp.example" in place of the digest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/app/key_folder.hpp"
#include "portolan/registry/admission.hpp"

namespace portolan::app {

struct Token {
    std::string id;           // eight hexadecimal digits
    std::string sha256;       // of the secret, 64 hexadecimal digits; "" with a certificate
    std::string certificate;  // a DNS name in lower case that a client's proves; "" with a secret
    std::vector<std::string> services;
    std::vector<std::string> environments;
    std::int64_t expires = 0;  // seconds since 1970; 0: never
    std::string note;
    bool allocates = false;  // ids and ports, in the plan

    [[nodiscard]] bool is_over(std::int64_t now) const noexcept {
        return expires != 0 && expires <= now;
    }
};

class Tokens {
public:
    explicit Tokens(const std::string& folder) : path_(folder + "/tokens"), folder_(folder) {}

    /// The tokens as the file has them now; read again only when it has changed. A file that is
    /// damaged, or that others may read, is a reason.
    [[nodiscard]] OrReason<std::vector<Token>> all();

    /// What a secret allows; a refusal for one that nobody has, or that is over.
    [[nodiscard]] registry::OrRefusal<registry::Entitlement> entitlement(std::string_view secret,
                                                                         std::int64_t now);
    /// What the names of a client's certificate allow: those of the first that a token has.
    /// nullopt when none has any of them.
    [[nodiscard]] std::optional<registry::OrRefusal<registry::Entitlement>> entitlement_by(
        const std::vector<std::string>& certified, std::int64_t now);

    /// Makes one, and returns its secret, which is nowhere else; "" for that of a certificate.
    [[nodiscard]] OrReason<std::string> add(Token token);
    /// Removes the one of that id.
    [[nodiscard]] std::optional<Reason> remove(std::string_view id);

private:
    [[nodiscard]] static registry::OrRefusal<registry::Entitlement> entitlement_of(
        const Token& token, std::int64_t now);
    [[nodiscard]] std::optional<Reason> write(const std::vector<Token>& tokens);

    std::string path_;
    std::string folder_;
    std::vector<Token> known_;
    std::int64_t changed_ = -1;  // of the file when it was read, in nanoseconds; -1: never read
    std::int64_t size_ = -1;
};

}  // namespace portolan::app
