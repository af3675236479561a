// Answers of the Subsonic API, as JSON or XML.
#pragma once

#include <string>
#include <string_view>

#include "json.h"

namespace audiomuse::api {

/// Numbers of the Subsonic API and of OpenSubsonic's apiKeyAuthentication.
enum class SubsonicError {
    generic = 0,
    missing_parameter = 10,
    wrong_login = 40,
    login_not_supported = 42,
    conflicting_logins = 43,
    wrong_api_key = 44,
    not_found = 70,
};

enum class SubsonicFormat { xml, json };

/// "subsonic-response" with status "ok" around `content`, status 200.
Response subsonic_answer(SubsonicFormat format, std::string_view server_version, const json::object& content);
/// The same with status "failed" and the error; the HTTP status is 200 here, too, as players look at the body.
Response subsonic_failure(SubsonicFormat format, std::string_view server_version, SubsonicError code,
                          std::string_view message);

/// `object` as an element: texts, numbers and flags are attributes, objects are elements, and lists are one element for
/// each item. What XML can't hold (control characters) is left out.
std::string to_xml(std::string_view name, const json::object& object);

}  // namespace audiomuse::api
