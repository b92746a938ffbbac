#include "desk/infer.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "desk/labels.hpp"
#include "portolan/registry/services.hpp"

namespace portolan::desk {
namespace {

using registry::FieldKind;

constexpr std::size_t most_digits = 5;      // of a port
constexpr std::size_t enough_rows = 4'000;  // to find the pattern; ids are voted for by all

/// A fact with its names as numbers.
struct Row {
    unsigned application;
    unsigned type;
    unsigned environment;
    unsigned instance;
    bool has_instance;
    unsigned port;
};

/// What each decimal digit counts, the highest first: 'i', 'a', 't', or '0' for a fixed one.
using Digits = std::string;

unsigned digit_at(unsigned port, std::size_t from_right) {
    for (; from_right > 0; --from_right) port /= 10;
    return port % 10;
}

/// The digits that the letter has, as one number.
unsigned part_of(unsigned port, const Digits& digits, char letter) {
    unsigned value = 0;
    for (std::size_t i = 0; i < digits.size(); ++i)
        if (digits[i] == letter) value = value * 10 + digit_at(port, digits.size() - 1 - i);
    return value;
}

/// The fixed digits in their places.
unsigned literal_of(unsigned port, const Digits& digits) {
    unsigned value = 0;
    for (std::size_t i = 0; i < digits.size(); ++i)
        value = value * 10 + (digits[i] == '0' ? digit_at(port, digits.size() - 1 - i) : 0);
    return value;
}

/// Counts what rows say, and tells what most of them say.
class Votes {
public:
    void add(unsigned value) { ++counts_[value]; }
    [[nodiscard]] std::size_t count(unsigned value) const {
        const auto found = counts_.find(value);
        return found == counts_.end() ? 0 : found->second;
    }
    [[nodiscard]] std::size_t best_count() const { return counts_.empty() ? 0 : count(best()); }
    [[nodiscard]] unsigned best() const {
        return std::ranges::max_element(counts_, {}, [](auto& each) { return each.second; })->first;
    }

private:
    std::map<unsigned, std::size_t> counts_;
};

/// What the votes make of one type.
struct TypeIds {
    std::optional<unsigned> everywhere;
    std::map<unsigned, unsigned> by_environment;
    std::optional<unsigned> fixed_instance;
    [[nodiscard]] std::optional<unsigned> id_in(unsigned environment) const {
        if (everywhere) return everywhere;
        const auto found = by_environment.find(environment);
        if (found == by_environment.end()) return {};
        return found->second;
    }
};

/// One way to read the digits, with the ids that rows vote for.
class Reading {
public:
    Reading(Digits digits, const std::vector<Row>& rows) : digits_(std::move(digits)) {
        std::map<unsigned, Votes> applications;
        std::map<unsigned, std::vector<const Row*>> types;
        Votes literals;
        for (const auto& row : rows) {
            applications[row.application].add(part_of(row.port, digits_, 'a'));
            types[row.type].push_back(&row);
            literals.add(literal_of(row.port, digits_));
        }
        literal_ = literals.best();
        for (const auto& [application, votes] : applications)
            applications_[application] = votes.best();
        for (const auto& [type, said] : types) types_[type] = ids_of(said);
        find_strangers(rows);
    }

    /// Applications that share another's id, or do not follow the reading with most of their rows.
    [[nodiscard]] const std::set<unsigned>& strangers() const noexcept { return strangers_; }

    /// What the row's names compose to.
    [[nodiscard]] std::optional<unsigned> expected(const Row& row) const {
        const auto& type = types_.at(row.type);
        const auto id = type.id_in(row.environment);
        if (!id) return {};
        unsigned instance = type.fixed_instance.value_or(row.instance);
        unsigned application = applications_.at(row.application);
        unsigned rest = *id;
        unsigned port = literal_;
        unsigned scale = 1;
        for (std::size_t i = digits_.size(); i-- > 0; scale *= 10) {
            unsigned* from = digits_[i] == 'i'   ? &instance
                             : digits_[i] == 'a' ? &application
                             : digits_[i] == 't' ? &rest
                                                 : nullptr;
            if (from == nullptr) continue;
            port += *from % 10 * scale;
            *from /= 10;
        }
        return port;
    }

    [[nodiscard]] std::size_t explained() const noexcept { return explained_; }
    [[nodiscard]] const Digits& digits() const noexcept { return digits_; }
    [[nodiscard]] unsigned literal() const noexcept { return literal_; }
    [[nodiscard]] unsigned application(unsigned number) const { return applications_.at(number); }
    [[nodiscard]] const TypeIds& type(unsigned number) const { return types_.at(number); }

    /// Of two that explain as much, the one with fewer and smaller ids and fewer fixed digits is
    /// what a person would have written.
    [[nodiscard]] bool is_better_than(const Reading& other) const {
        if (explained_ != other.explained_) return explained_ > other.explained_;
        return std::pair(cost(), fixed_digits()) < std::pair(other.cost(), other.fixed_digits());
    }

private:
    /// How many rows of one name follow the reading, and how many do not.
    struct Followers {
        std::size_t yes = 0;
        std::size_t no = 0;
    };

    /// Of names with one id, all but that which most rows follow.
    template <class IdOf>
    static std::set<unsigned> displaced(std::map<unsigned, Followers>& names, IdOf id_of) {
        std::set<unsigned> losers;
        std::map<unsigned, unsigned> holders;  // of ids
        for (auto& [name, followers] : names) {
            const std::optional<unsigned> id = id_of(name);
            if (!id) continue;
            const auto [held, is_first] = holders.try_emplace(*id, name);
            if (is_first) continue;
            const bool leads = names[held->second].yes < followers.yes;
            losers.insert(leads ? held->second : name);
            if (leads) held->second = name;
        }
        return losers;
    }

    /// What is explained is so by applications that have an id of their own, and types that have.
    void find_strangers(const std::vector<Row>& rows) {
        std::map<unsigned, Followers> of_types;
        for (const auto& row : rows) ++count_of(of_types[row.type], row);
        const auto types =
            displaced(of_types, [&](unsigned type) { return types_[type].everywhere; });
        std::map<unsigned, Followers> of_applications;
        std::map<unsigned, std::set<unsigned>> users;  // of types
        for (const auto& row : rows) {
            auto& followers = of_applications[row.application];
            ++(types.contains(row.type) ? followers.no : count_of(followers, row));
            users[row.type].insert(row.application);
        }
        // That one name alone has its number's digits for ids says nothing.
        std::set<unsigned> with_company;
        for (const auto& [type, applications] : users)
            if (applications.size() > 1 && !types.contains(type))
                with_company.merge(std::set(applications));
        strangers_ = displaced(of_applications,
                               [&](unsigned each) { return std::optional(applications_[each]); });
        for (const auto& [application, followers] : of_applications) {
            const bool is_alone = of_applications.size() > 1 && !with_company.contains(application);
            if (is_alone || followers.yes < followers.no) strangers_.insert(application);
            if (!strangers_.contains(application)) explained_ += followers.yes;
        }
    }

    std::size_t& count_of(Followers& followers, const Row& row) const {
        return expected(row) == row.port ? followers.yes : followers.no;
    }

    TypeIds ids_of(const std::vector<const Row*>& rows) const {
        TypeIds type;
        Votes all;
        std::map<unsigned, Votes> by_environment;
        Votes instances;
        std::size_t follow = 0;
        for (const auto* row : rows) {
            const auto id = part_of(row->port, digits_, 't');
            const auto instance = part_of(row->port, digits_, 'i');
            all.add(id);
            by_environment[row->environment].add(id);
            instances.add(instance);
            if (row->has_instance && instance == row->instance) ++follow;
        }
        std::size_t apart = 0;
        for (const auto& [environment, votes] : by_environment) {
            apart += votes.best_count();
            type.by_environment[environment] = votes.best();
        }
        // An id of its own for each environment has to explain more than chance would.
        if (apart < all.best_count() + by_environment.size()) type.everywhere = all.best();
        if (has('i') && instances.best_count() > follow + 1) type.fixed_instance = instances.best();
        return type;
    }

    [[nodiscard]] bool has(char letter) const { return digits_.find(letter) != Digits::npos; }
    [[nodiscard]] std::ptrdiff_t fixed_digits() const { return std::ranges::count(digits_, '0'); }
    [[nodiscard]] std::uint64_t cost() const {
        std::uint64_t sum = 0;
        for (const auto& [application, id] : applications_) sum += id;
        for (const auto& [type, ids] : types_) {
            sum += ids.everywhere.value_or(0) + (ids.fixed_instance ? 100 : 0);
            if (!ids.everywhere)
                for (const auto& [environment, id] : ids.by_environment) sum += id;
        }
        return sum;
    }

    Digits digits_;
    unsigned literal_ = 0;
    std::map<unsigned, unsigned> applications_;
    std::map<unsigned, TypeIds> types_;
    std::set<unsigned> strangers_;
    std::size_t explained_ = 0;
};

/// All patterns of that many digits: each letter in one run.
void add_patterns(Digits begun, std::size_t size, bool with_instances,
                  std::vector<Digits>& patterns) {
    if (begun.size() == size) {
        const bool has_all = begun.find('a') != Digits::npos && begun.find('t') != Digits::npos;
        if (has_all) patterns.push_back(std::move(begun));
        return;
    }
    for (const char letter : {'i', 'a', 't', '0'}) {
        if (letter == 'i' && !with_instances) continue;
        const bool goes_on = !begun.empty() && begun.back() == letter;
        if (letter != '0' && !goes_on && begun.find(letter) != Digits::npos) continue;
        add_patterns(begun + letter, size, with_instances, patterns);
    }
}

/// Names as numbers, in order of first appearance.
class Numbers {
public:
    unsigned of(const std::string& name) {
        const auto [at, is_new] = by_name_.try_emplace(name, names_.size());
        if (is_new) names_.push_back(name);
        return static_cast<unsigned>(at->second);
    }
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

private:
    std::map<std::string, std::size_t> by_name_;
    std::vector<std::string> names_;
};

/// The facts with their names as numbers.
struct Numbered {
    explicit Numbered(const std::vector<KeyedPort>& facts) {
        for (const auto& each : facts)
            rows.push_back({applications.of(each.application), types.of(each.type),
                            environments.of(each.environment), each.instance, each.has_instance,
                            each.port->ports.first});
    }
    Numbers applications;
    Numbers types;
    Numbers environments;
    std::vector<Row> rows;
};

std::size_t usual_digits(const std::vector<Row>& rows) {
    Votes votes;
    for (const auto& row : rows) votes.add(static_cast<unsigned>(std::to_string(row.port).size()));
    return std::min<std::size_t>(votes.best(), most_digits);
}

std::optional<Reading> best_reading(const std::vector<Row>& rows) {
    if (rows.empty()) return {};
    const bool with_instances = std::ranges::any_of(rows, &Row::has_instance);
    std::vector<Row> some;
    const auto step = 1 + rows.size() / enough_rows;
    for (std::size_t i = 0; i < rows.size(); i += step) some.push_back(rows[i]);
    std::vector<Digits> patterns;
    add_patterns("", usual_digits(rows), with_instances, patterns);
    std::optional<Reading> best;
    for (auto& each : patterns) {
        Reading reading(std::move(each), some);
        if (!best || reading.is_better_than(*best)) best = std::move(reading);
    }
    if (best && step > 1) best = Reading(best->digits(), rows);
    return best;
}

/// "XYYZZ" of "iaatt"; digits stand for themselves.
registry::Pattern pattern_of(const Reading& reading) {
    registry::Pattern pattern;
    pattern.literal = reading.literal();
    const auto& digits = reading.digits();
    unsigned scale = 1;
    for (std::size_t i = digits.size(); i-- > 0; scale *= 10) {
        const char letter = digits[i];
        const bool is_fixed = letter == '0';
        const char shown = letter == 'i' ? 'X' : letter == 'a' ? 'Y' : 'Z';
        pattern.text.insert(
            0, 1, is_fixed ? static_cast<char>('0' + reading.literal() / scale % 10) : shown);
        if (is_fixed) continue;
        if (i + 1 < digits.size() && digits[i + 1] == letter) {
            ++pattern.fields.front().digits;
            continue;
        }
        const auto kind = letter == 'i'   ? FieldKind::instance
                          : letter == 'a' ? FieldKind::application
                                          : FieldKind::type;
        pattern.fields.insert(pattern.fields.begin(), {kind, 1, scale});
    }
    return pattern;
}

/// What facts of one name agree on, each text once.
void join(std::string& text, const std::string& more) {
    if (more.empty() || text.find(more) != std::string::npos) return;
    text += (text.empty() ? "" : "; ") + more;
}

}  // namespace

std::optional<KeyedPort> keyed(const ImportedPort& port) {
    KeyedPort fact;
    fact.port = &port;
    auto type = port.type.empty() ? port.port_name : port.type;
    auto application = port.application.empty() ? port.service : port.application;
    const auto hyphen = application.rfind('-');
    if (type.empty() && port.instance && hyphen != std::string::npos) {
        type = application.substr(hyphen + 1);
        application.resize(hyphen);
    }
    if (port.application.empty() && !port.instance) return {};
    fact.application = to_label(application);
    fact.type = to_label(type);
    fact.environment = to_label(port.environment);
    fact.has_instance = port.instance.has_value();
    fact.instance = port.instance.value_or(1);
    if (fact.application.empty() || fact.type.empty() || port.is_range()) return {};
    return fact;
}

std::optional<Inferred> infer(std::vector<KeyedPort> facts) {
    Inferred found;
    const auto all = facts.size();
    std::optional<Numbered> numbered;
    std::optional<Reading> reading;
    do {  // once more without the strangers, whose types and instances have been heard too
        numbered.emplace(facts);
        reading = best_reading(numbered->rows);
        if (!reading || reading->explained() * 2 <= all) return {};
        for (const auto stranger : reading->strangers())
            found.strangers.insert(numbered->applications.names()[stranger]);
        std::erase_if(facts, [&](const KeyedPort& each) {
            return found.strangers.contains(each.application);
        });
    } while (!reading->strangers().empty());

    const auto& [applications, types, environments, rows] = *numbered;
    found.explained = reading->explained();
    auto& convention = found.convention;
    convention.pattern = pattern_of(*reading);
    convention.place = facts.front().port->place;
    std::vector<registry::Application> all_applications(applications.names().size());
    std::vector<registry::PortType> all_types(types.names().size());
    std::vector<Votes> protocols(types.names().size());
    std::vector<bool> published(types.names().size(), false);
    std::vector<bool> groups(types.names().size(), true);
    convention.first_instance = convention.last_instance = rows.front().instance;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        const auto& port = *facts[i].port;
        auto& application = all_applications[row.application];
        if (application.name.empty()) application.place = port.place;
        application.name = facts[i].application;
        application.id = reading->application(row.application);
        join(application.about.owner, port.about.owner);
        join(application.about.description, port.about.description);
        application.about.until = std::max(application.about.until, port.about.until);
        auto& type = all_types[row.type];
        if (type.name.empty()) type.place = port.place;
        type.name = facts[i].type;
        protocols[row.type].add(static_cast<unsigned>(port.protocol));
        published[row.type] = published[row.type] || port.is_published;
        groups[row.type] = groups[row.type] && !port.addresses.empty() &&
                           std::ranges::all_of(port.addresses, &registry::Address::is_multicast);
        convention.first_instance = std::min(convention.first_instance, row.instance);
        convention.last_instance = std::max(convention.last_instance, row.instance);
    }
    std::ranges::sort(all_applications, {}, &registry::Application::id);
    for (auto& each : all_applications) convention.applications.push_back(std::move(each));
    for (unsigned i = 0; i < all_types.size(); ++i) {
        auto& type = all_types[i];
        const auto& ids = reading->type(i);
        type.id = ids.everywhere;
        if (!type.id)
            for (const auto& [environment, id] : ids.by_environment)
                type.ids.push_back({environments.names()[environment], id, type.place});
        type.instance = ids.fixed_instance;
        type.protocol = static_cast<registry::Protocol>(protocols[i].best());
        type.publish = published[i];
        type.multicast = groups[i];
    }
    auto sorted = all_types;
    std::ranges::sort(sorted, {}, [](const registry::PortType& type) {
        return std::pair(type.id ? *type.id : type.ids.front().id, type.name);
    });
    for (auto& each : sorted) convention.types.push_back(std::move(each));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto expected = reading->expected(rows[i]);
        const bool is_other = all_types[rows[i].type].protocol != facts[i].port->protocol;
        if (expected != rows[i].port || is_other) found.exceptions.push_back({facts[i], expected});
    }
    return found;
}

}  // namespace portolan::desk
