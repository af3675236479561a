#include "server/fixtures.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <optional>
#include <stdexcept>

#include "support/temp_folder.h"

namespace audiomuse::library::testing {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

using Path = std::vector<std::string>;  // names of members and numbers of elements

void find_leaves(const json::value& value, Path& path, std::vector<Path>& leaves) {
    if (const auto* object = value.if_object()) {
        for (const auto& [name, member] : *object) {
            path.emplace_back(name);
            find_leaves(member, path, leaves);
            path.pop_back();
        }
    } else if (const auto* array = value.if_array()) {
        for (std::size_t i = 0; i < array->size(); ++i) {
            path.push_back(std::to_string(i));
            find_leaves((*array)[i], path, leaves);
            path.pop_back();
        }
    } else {
        leaves.push_back(path);
    }
}

/// `root` with another value at `path`, or with none.
json::value changed(json::value root, const Path& path, const std::optional<json::value>& other) {
    json::value* at = &root;
    for (std::size_t i = 0; i + 1 < path.size(); ++i)
        at = at->is_object() ? &at->as_object().at(path[i]) : &at->as_array().at(std::stoul(path[i]));
    if (json::object* object = at->if_object()) {
        if (other) {
            (*object)[path.back()] = *other;
        } else {
            object->erase(path.back());
        }
    } else {
        at->as_array().at(std::stoul(path.back())) = other.value_or(nullptr);
    }
    return root;
}

}  // namespace

fs::path fixtures_folder() {
    return fs::path(AUDIOMUSE_SHARED_DIR) / "media-servers-fixtures";
}

bool has_fixtures() {
    return fs::exists(fixtures_folder() / "manifest.json");
}

std::string fixture(const std::string& name) {
    const fs::path file = fixtures_folder() / name;
    if (!fs::exists(file)) throw std::runtime_error("There is no " + file.string());
    return testing_support::contents(file);
}

json::value fixture_json(const std::string& name) {
    return json::parse(fixture(name));
}

std::vector<FixtureRow> fixtures_of(const std::string& kind) {
    std::vector<FixtureRow> rows;
    const json::value manifest = fixture_json("manifest.json");
    for (const json::value& row : manifest.as_array()) {
        std::string file(row.at("file").as_string());
        if (!file.starts_with(kind + "/")) continue;
        rows.push_back({.file = std::move(file),
                        .request = std::string(row.at("request").as_string()),
                        .status = static_cast<int>(row.at("status").as_int64()),
                        .content_type = std::string(row.at("content_type").as_string())});
    }
    return rows;
}

FixtureRow fixture_row(const std::string& file) {
    for (FixtureRow& row : fixtures_of(file.substr(0, file.find('/')))) {
        if (row.file == file) return row;
    }
    throw std::runtime_error("The manifest has no " + file);
}

std::vector<std::string> cut_short(const std::string& text) {
    const std::size_t end = text.find_last_not_of(" \n") + 1;
    std::vector<std::string> pieces;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, end / 4, end / 2, end * 3 / 4, end - 1})
        pieces.push_back(text.substr(0, size));
    return pieces;
}

void with_wrong_types(const json::value& whole, std::size_t most,
                      const std::function<void(const std::string& what, const json::value& changed)>& body) {
    std::vector<Path> leaves;
    Path path;
    find_leaves(whole, path, leaves);
    if (leaves.size() > most) leaves.resize(most);
    const std::optional<json::value> others[] = {json::value(-7),
                                                 json::value(1e300),
                                                 json::value("text"),
                                                 json::value("-1"),
                                                 json::value(nullptr),
                                                 json::value(json::array{1}),
                                                 json::value(json::object{{"a", 1}}),
                                                 std::nullopt};
    for (const Path& leaf : leaves) {
        std::string name;
        for (const std::string& part : leaf)
            name += "/" + part;
        for (const auto& other : others)
            body(name + " as " + (other ? json::serialize(*other) : "nothing"), changed(whole, leaf, other));
    }
}

}  // namespace audiomuse::library::testing
