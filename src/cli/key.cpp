// portolan key: the keys that a zone is transferred with, and those that it is signed with.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <memory>

#include "key_signing.hpp"
#include "loading.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/dns/tsig.hpp"
#include "portolan/net/socket.hpp"

namespace portolan::cli {
namespace {

struct Arguments {
    std::string name;
    std::string algorithm = "hmac-sha256";
    std::string file;
};

/// As many random octets as the MAC has, which is what RFC 2104 3 recommends.
bool draw(dns::Octets& secret) {
    std::size_t drawn = 0;
    while (drawn < secret.size()) {
        const auto count = getrandom(secret.data() + drawn, secret.size() - drawn, 0);
        if (count < 0 && errno != EINTR) return false;
        if (count > 0) drawn += static_cast<std::size_t>(count);
    }
    return true;
}

/// A new file that its owner alone may read. A key that is there stays: others may use it.
int write_new(const std::string& path, const std::string& text) {
    const net::Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    const auto refuse = [&path] {
        return fail(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
    };
    if (!file) return refuse();
    const auto written = write(file.get(), text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size()) || fsync(file.get()) != 0) return refuse();
    return 0;
}

int run(const Arguments& arguments) {
    const auto name = dns::parse_name(arguments.name, dns::NameView());
    if (!name) {
        return fail(
            fmt::format("{} is no name for a key: {}", arguments.name, name.error().message));
    }
    dns::TsigKey key;
    key.name = *name;
    key.algorithm = *dns::parse_tsig_algorithm(arguments.algorithm);
    key.secret.resize(dns::mac_octets(key.algorithm));
    if (!draw(key.secret)) return fail("the system gives no random numbers");
    const std::string text = dns::to_key_file(key);
    if (!arguments.file.empty()) return write_new(arguments.file, text);
    fmt::print("{}", text);
    return 0;
}

}  // namespace

void add_key(CLI::App& program, int& status) {
    auto* command = program.add_subcommand("key", "Make keys, list them, roll them");
    command->require_subcommand(1);
    auto* tsig = command->add_subcommand(
        "tsig", "Make a key for zone transfers (TSIG, RFC 8945), in the form that BIND reads");
    auto arguments = std::make_shared<Arguments>();
    tsig->add_option("name", arguments->name, "its name, the same on both servers")->required();
    tsig->add_option("--algorithm", arguments->algorithm)
        ->check(CLI::IsMember({"hmac-sha256", "hmac-sha384", "hmac-sha512"}))
        ->capture_default_str();
    tsig->add_option("--file", arguments->file,
                     "write it there, readable by its owner alone, not on standard output")
        ->type_name("FILE");
    tsig->footer("Exit status: 0 made, 2 a wrong name, or a file that exists or cannot be made.");
    tsig->callback([arguments, &status] { status = run(*arguments); });
    add_signing_keys(*command, status);
}

}  // namespace portolan::cli
