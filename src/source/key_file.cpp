#include "portolan/source/key_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "dns/presentation_codecs.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/source/master_file.hpp"

namespace portolan::source {
namespace {

constexpr std::size_t least_secret = 16;  // octets; a shorter one can be guessed

struct Fault {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::string message;
    std::string cure;
};

/// The words of a key file: quoted texts, bare words, and { } ; as words of their own.
class Words {
public:
    explicit Words(std::string_view text) : rest_(text) {}

    struct Word {
        std::string_view text;  // empty at the end
        std::uint32_t line = 0;
        std::uint32_t column = 0;
    };

    Word next() {
        skip_blanks();
        Word word{{}, line_, column_};
        if (rest_.empty()) return word;
        if (rest_.front() == '"') {
            take(1);
            word.text = take(std::min(rest_.find_first_of("\"\n"), rest_.size()));
            if (rest_.starts_with('"')) take(1);
        } else if (is_mark(rest_.front())) {
            word.text = take(1);
        } else {
            word.text = take(std::min(rest_.find_first_of(" \t\r\n{};\"#"), rest_.size()));
        }
        return word;
    }

private:
    static bool is_mark(char c) { return c == '{' || c == '}' || c == ';' || c == '#'; }

    std::string_view take(std::size_t count) {
        const auto taken = rest_.substr(0, count);
        for (const char c : taken) {
            column_ = c == '\n' ? 1 : column_ + 1;
            if (c == '\n') ++line_;
        }
        rest_.remove_prefix(taken.size());
        return taken;
    }

    void skip_blanks() {
        for (;;) {
            take(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
            if (rest_.starts_with("//") || rest_.starts_with('#')) {
                take(std::min(rest_.find('\n'), rest_.size()));
            } else if (rest_.starts_with("/*")) {
                const auto end = rest_.find("*/", 2);
                take(end == std::string_view::npos ? rest_.size() : end + 2);
            } else {
                return;
            }
        }
    }

    std::string_view rest_;
    std::uint32_t line_ = 1;
    std::uint32_t column_ = 1;
};

/// Statements `key NAME { … };` one after the other.
class KeyReader {
public:
    explicit KeyReader(std::string_view text) : words_(text) { step(); }

    std::optional<Fault> read(std::vector<dns::TsigKeyPtr>& keys) {
        while (!word_.text.empty()) {
            dns::TsigKey key;
            if (!read_key(key)) return fault_;
            const bool is_twin = std::ranges::any_of(
                keys, [&](const dns::TsigKeyPtr& other) { return other->name == key.name; });
            if (is_twin) {
                return Fault{at_.line, at_.column,
                             fmt::format("the key {} is given twice", dns::to_text(key.name)),
                             "Give each key a name of its own"};
            }
            keys.push_back(std::make_shared<const dns::TsigKey>(std::move(key)));
        }
        if (!keys.empty()) return {};
        return Fault{0, 0, "the file holds no key",
                     "Write one with: portolan key tsig NAME --file FILE"};
    }

private:
    void step() {
        at_ = word_;
        word_ = words_.next();
    }
    bool fail(const Words::Word& at, std::string message, std::string cure) {
        fault_ = {at.line, at.column, std::move(message), std::move(cure)};
        return false;
    }
    bool expect(std::string_view text) {
        if (word_.text != text) {
            // What stands there is not shown: it may be the secret.
            return fail(word_, fmt::format("expected \"{}\"", text),
                        "Write: key \"NAME\" { algorithm hmac-sha256; secret \"BASE64\"; };");
        }
        step();
        return true;
    }

    bool read_key(dns::TsigKey& key) {
        if (!expect("key")) return false;
        const auto name = dns::parse_name(word_.text, dns::NameView());
        if (!name || word_.text.empty()) {
            return fail(word_, "the key's name is no domain name", "Write one, in quotes");
        }
        key.name = *name;
        step();
        if (!expect("{")) return false;
        bool has_algorithm = false;
        while (word_.text == "algorithm" || word_.text == "secret") {
            const bool is_algorithm = word_.text == "algorithm";
            step();
            if (!(is_algorithm ? read_algorithm(key) : read_secret(key))) return false;
            has_algorithm = has_algorithm || is_algorithm;
            if (!expect(";")) return false;
        }
        if (!has_algorithm) {
            return fail(word_, "the key has no algorithm", "Add: algorithm hmac-sha256;");
        }
        if (key.secret.empty()) return fail(word_, "the key has no secret", "Add: secret \"…\";");
        if (!expect("}")) return false;
        return expect(";");
    }

    bool read_algorithm(dns::TsigKey& key) {
        const auto algorithm = dns::parse_tsig_algorithm(word_.text);
        if (!algorithm) {
            return fail(word_, "the algorithm is none of those that are safe",
                        "Use hmac-sha256, hmac-sha384 or hmac-sha512");
        }
        key.algorithm = *algorithm;
        step();
        return true;
    }

    bool read_secret(dns::TsigKey& key) {
        key.secret.clear();
        if (!dns::codec::read_base64(word_.text, key.secret)) {
            return fail(word_, "the secret is no base64", "Copy it whole, with its final =");
        }
        if (key.secret.size() < least_secret) {
            return fail(word_,
                        fmt::format("a secret of {} octets, and {} are the least",
                                    key.secret.size(), least_secret),
                        "Make a new key with: portolan key tsig NAME");
        }
        step();
        return true;
    }

    Words words_;
    Words::Word word_;
    Words::Word at_;  // the word before
    Fault fault_;
};

registry::Finding finding_of(const std::string& path, Fault fault) {
    return {registry::Severity::error, "key-file",           path, fault.line, fault.column,
            std::move(fault.message),  std::move(fault.cure)};
}

}  // namespace

KeyFile parse_key_file(std::string_view text, const std::string& path) {
    KeyFile file;
    if (auto fault = KeyReader(text).read(file.keys)) {
        file.keys.clear();
        file.findings.push_back(finding_of(path, std::move(*fault)));
    }
    return file;
}

KeyFile read_key_file(const std::string& path) {
    const auto refuse = [&path](std::string message, std::string cure) {
        return KeyFile{{}, {finding_of(path, {0, 0, std::move(message), std::move(cure)})}};
    };
    const auto text = read_whole_file(path);
    if (!text) {
        return refuse("the key file cannot be read",
                      "Make one with: portolan key tsig NAME --file FILE");
    }
    struct stat status {};
    if (stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0) {
        return refuse("all users may read the key file, so its secrets are none",
                      fmt::format("chmod o-r {}, and make a new key", path));
    }
    return parse_key_file(*text, path);
}

}  // namespace portolan::source
