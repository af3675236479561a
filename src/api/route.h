// The route table as data, and what a handler is called with.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/identity.h"
#include "json.h"
#include "request.h"
#include "response.h"

namespace audiomuse::api {

struct Backend;
class Call;

enum class In { path, query, body };
/// `any` is for fields that AudioMuse-AI takes in whatever form: they are handed on as they are.
enum class ParamType { text, integer, number, boolean, array, object, any };

struct Param {
    std::string_view name;
    In in = In::query;
    ParamType type = ParamType::text;
    std::string_view help;
    bool required = false;
    std::optional<double> fallback;  ///< of numbers: used when absent, and in queries when not a number
    std::optional<double> minimum;   ///< a query value beyond is moved to the limit, a body value is refused
    std::optional<double> maximum;
    std::vector<std::string> choices;  ///< of a text in the body; empty: any
};

using Handler = Response (*)(Backend&, const Call&);

struct Route {
    Method method;
    std::string_view pattern;  ///< "/api/status/{task_id}"; a {name} stands for one segment
    std::string_view name;     ///< unique; operationId of the OpenAPI document and label of the metrics
    Handler handler;
    Right right;  ///< that a request needs
    std::vector<Param> params;
    /// For media servers, perhaps, or for their turn: such requests are handled on threads of their own, so that no
    /// other waits with them.
    bool waits = false;
    unsigned per_minute = waits ? kWaitingPerMinute : 0;  ///< that one client may send; 0: any number

    /// For what takes a thread, and perhaps somebody else's server: more than anybody asks for by hand.
    static constexpr unsigned kWaitingPerMinute = 300;
};
inline constexpr bool kWaits = true;

/// Every route of the API. The same vector for the life of the program.
const std::vector<Route>& route_table();

// The parts of the table, each in its routes_*.cpp.
std::vector<Route> account_routes();
std::vector<Route> auth_routes();
std::vector<Route> analysis_routes();
std::vector<Route> artist_routes();
std::vector<Route> track_routes();
std::vector<Route> library_routes();
std::vector<Route> list_routes();
std::vector<Route> draft_routes();
std::vector<Route> chat_routes();
std::vector<Route> text_search_routes();
std::vector<Route> path_routes();
std::vector<Route> map_routes();
std::vector<Route> order_routes();
std::vector<Route> alchemy_routes();
std::vector<Route> backup_routes();
std::vector<Route> cleaning_routes();
std::vector<Route> schedule_routes();
std::vector<Route> anchor_routes();
std::vector<Route> play_routes();
std::vector<Route> server_routes();
std::vector<Route> player_routes();
std::vector<Route> rest_routes();
std::vector<Route> settings_routes();
std::vector<Route> system_routes();
std::vector<Route> worker_routes();

using PathValues = std::vector<std::pair<std::string, std::string>>;

/// The route that `path` leads to by `method` (HEAD counts as GET). `allowed` lists the methods of all routes with this
/// path; when it is empty no route has the path.
struct RouteMatch {
    const Route* route = nullptr;
    PathValues values;
    std::vector<Method> allowed;
};
RouteMatch match_route(std::span<const Route> routes, Method method, std::string_view path);

/// One request on its way into a handler. Names must be declared in the route's params. The functions throw
/// Error(invalid_argument) with a sentence that names the parameter.
class Call {
public:
    /// `identity` and `origin` must outlive the object, as the others.
    Call(const Request& request, const Route& route, PathValues path_values, const Identity& identity,
         const Origin& origin);

    const Request& request() const { return request_; }
    const Identity& identity() const { return identity_; }  ///< who asks; of an open route nobody is looked up
    const Origin& origin() const { return origin_; }        ///< from where
    /// Whether the route has a parameter of this name.
    bool declares(std::string_view name, In in = In::query) const;
    /// A path or query value; "" when absent. The first one of a repeated query parameter.
    std::string text(std::string_view name) const;
    /// A query number: absent or not a number gives the fallback; moved into the declared limits.
    std::int64_t integer(std::string_view name) const;
    /// A query flag: "true" in any case is true, other text false, nothing when absent.
    std::optional<bool> boolean(std::string_view name) const;
    /// The declared fields of the body that are there and not null, with the declared types: numbers may be given as
    /// text. No body, `null` and `[]` count as {}. Throws for bad JSON, another type, a number beyond its limits, a
    /// required field that is missing.
    json::object body() const;
    /// The whole body, with fields that are null or that the route does not declare. Throws as body() does.
    json::object given_body() const;

private:
    const Param& declared(std::string_view name) const;

    const Request& request_;
    const Route& route_;
    const Identity& identity_;
    const Origin& origin_;
    PathValues values_;  // path values first, then those of the query
};

}  // namespace audiomuse::api
