#include "portolan/app/key_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <thread>

#include "app/state_files.hpp"
#include "portolan/app/serials.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/sign/history_text.hpp"
#include "portolan/sign/key_text.hpp"
#include "portolan/source/master_file.hpp"

namespace portolan::app {
namespace {

namespace fs = std::filesystem;

constexpr unsigned owner_only = 0600;

Reason cannot(const char* what, const std::string& path) {
    return {fmt::format("cannot {} {}: {}", what, path, system_reason())};
}

/// Why a file is not fit to be used, if it is not.
std::optional<Reason> unfitness(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) {
        return Reason{cannot("read", path).text + "; put it back from a backup"};
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) == 0) return std::nullopt;
    return Reason{
        fmt::format("{} is open to other users, so its key may be no secret: chmod 600 "
                    "it, and roll the key if somebody may have read it",
                    path)};
}

bool has_key(const sign::History& history, const sign::Key& key) {
    return std::ranges::any_of(history.keys, [&key](const sign::KeyState& each) {
        return each.key->tag() == key.tag() && each.key->algorithm() == key.algorithm();
    });
}

}  // namespace

KeyFolder::KeyFolder(const std::string& state, dns::NameView zone)
    : zone_(zone), path_(state + "/keys/" + state_file_name(zone, "")) {}

std::vector<dns::PackedName> KeyFolder::zones(const std::string& state) {
    std::vector<dns::PackedName> zones;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(state + "/keys", error)) {
        const auto text = source::read_whole_file(entry.path().string() + "/keys.state");
        const auto name = text ? sign::zone_of_history(*text) : std::nullopt;
        if (name) zones.push_back(*name);
    }
    std::ranges::sort(zones);
    return zones;
}

bool KeyFolder::exists() const {
    std::error_code error;
    return fs::is_directory(path_, error);
}

std::string KeyFolder::stem(sign::Algorithm algorithm, std::uint16_t tag) const {
    return path_ + "/" + sign::key_file_stem(zone_, algorithm, tag);
}

OrReason<KeyFolder::Lock> KeyFolder::lock(std::chrono::milliseconds patience) const {
    std::error_code error;
    fs::create_directories(fs::path(path_).parent_path(), error);
    if (mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) return cannot("make", path_);
    const std::string path = path_ + "/lock";
    Lock lock{net::Descriptor(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, owner_only))};
    if (!lock.held) return cannot("open", path);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (flock(lock.held.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return cannot("lock", path);
        if (std::chrono::steady_clock::now() >= deadline) {
            return Reason{fmt::format("{} is held by another portolan; try again", path)};
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return lock;
}

bool KeyFolder::has_private_files() const {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(path_, error)) {
        if (entry.path().extension() == ".private") return true;
    }
    return false;
}

OrReason<sign::KeyPtr> KeyFolder::read_key(sign::Algorithm algorithm, std::uint16_t tag,
                                           sign::Use use) const {
    const std::string path = stem(algorithm, tag) + ".private";
    const auto text = source::read_whole_file(path);
    if (!text) return cannot("read", path);
    const auto key = sign::parse_private_text(*text, use != sign::Use::zsk);
    if (!key) {
        return Reason{fmt::format("{}:{}: {}; put it back from a backup", path, key.error().line,
                                  key.error().message)};
    }
    if ((*key)->tag() != tag || (*key)->algorithm() != algorithm) {
        return Reason{fmt::format("{} holds another key, {}; put the right one back from a backup",
                                  path, (*key)->tag())};
    }
    return *key;
}

OrReason<KeyFolder::Kept> KeyFolder::read(const sign::History& known) const {
    const std::string path = state_path();
    auto text = source::read_whole_file(path);
    if (!text) {
        if (access(path.c_str(), F_OK) == 0) return cannot("read", path);
        if (!has_private_files()) return Kept{};
        return Reason{path +
                      " is missing, though there are keys beside it: put it back from a "
                      "backup, or move the keys away to begin anew"};
    }
    std::optional<Reason> fault;
    const auto find = [&](sign::Algorithm algorithm, std::uint16_t tag,
                          sign::Use use) -> sign::KeyPtr {
        if (auto reason = unfitness(stem(algorithm, tag) + ".private")) {
            fault = std::move(reason);
            return nullptr;
        }
        for (const auto& each : known.keys) {
            const bool is_it = each.key->tag() == tag && each.key->algorithm() == algorithm;
            if (is_it && each.use == use) return each.key;
        }
        auto key = read_key(algorithm, tag, use);
        if (key) return *key;
        fault = key.error();
        return nullptr;
    };
    auto history = sign::parse_history(*text, zone_, find);
    if (fault) return *fault;
    if (!history) return Reason{path + " is damaged: put it back from a backup"};
    return Kept{std::move(*text), std::move(*history)};
}

OrReason<KeyFolder::Kept> KeyFolder::look(std::chrono::milliseconds patience) const {
    if (!exists()) return Kept{};
    const auto held = lock(patience);
    if (!held) return held.error();
    return read();
}

OrReason<sign::KeyPtr> KeyFolder::make_key(const sign::NewKey& wanted,
                                           const sign::History& beside) const {
    sign::KeyPtr key;
    do {  // a tag names one key
        key = sign::Key::generate(wanted.algorithm, wanted.use != sign::Use::zsk);
    } while (has_key(beside, *key));
    const std::string name = stem(key->algorithm(), key->tag());
    const std::string secret = name + ".private";
    const std::string record = name + ".key";
    if (!replace_file(path_, secret, sign::to_private_text(*key), owner_only)) {
        return cannot("write", secret);
    }
    if (!replace_file(path_, record, sign::to_public_text(zone_, *key), owner_only)) {
        auto reason = cannot("write", record);
        unlink(secret.c_str());
        return reason;
    }
    return key;
}

OrReason<std::string> KeyFolder::write(const sign::History& history) const {
    std::string text = sign::to_text(history, zone_);
    if (!replace_file(path_, state_path(), text, owner_only)) return cannot("write", state_path());
    return OrReason<std::string>(boost::system::in_place_value, std::move(text));
}

void KeyFolder::remove_gone(const sign::History& before,
                            const sign::History& after) const noexcept {
    for (const auto& each : before.keys) {
        if (has_key(after, *each.key)) continue;
        const std::string name = stem(each.key->algorithm(), each.key->tag());
        unlink((name + ".private").c_str());
        unlink((name + ".key").c_str());
    }
}

}  // namespace portolan::app
