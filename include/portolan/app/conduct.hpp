// What the server itself brings to an answer beside its zones: its name, and its cookies.
//
// Cookies are always on: without a file, the secret is drawn at the start and nobody else's. With
// one, servers that share an address share it, and a new secret is rolled out while they serve
// (RFC 9018 5): append it to the file on every server, reload; put it first, reload; an hour later
// remove the old one, reload.
#pragma once

#include <memory>
#include <string>

#include "portolan/answer/respond.hpp"

namespace portolan::app {

struct Conduct {
    answer::Identity identity;
    answer::CookieSecrets secrets;
};
using ConductPtr = std::shared_ptr<const Conduct>;

/// A secret at random.
answer::CookieSecret draw_cookie_secret();

/// Reads a file of secrets: 32 hexadecimal digits a line, and comments from `#` on. Throws
/// std::runtime_error with a sentence that names file, line and cure, also when others than its
/// owner and group may read the file.
answer::CookieSecrets read_cookie_secrets(const std::string& path);

}  // namespace portolan::app
